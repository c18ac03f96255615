package io.exchequer.registry.administration;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ModelId;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

@Entity
@Table(name = "model")
class ModelEntity {

	@Id
	private UUID id;

	@Column(name = "name")
	private String name;

	@Column(name = "display_name")
	private String displayName;

	@Column(name = "input_modalities")
	private String[] inputModalities;

	@Column(name = "output_modalities")
	private String[] outputModalities;

	@Column(name = "tools")
	private boolean tools;

	@Column(name = "structured_output")
	private boolean structuredOutput;

	@Column(name = "fill_in_the_middle")
	private boolean fillInTheMiddle;

	@Column(name = "context_window")
	private int contextWindow;

	@Column(name = "max_output")
	private int maxOutput;

	@Column(name = "image_tokens_max")
	private @Nullable Integer imageTokensMax;

	@Column(name = "stage")
	@Enumerated(EnumType.STRING)
	private Lifecycle.Stage stage;

	@Column(name = "successor")
	private @Nullable String successor;

	@Column(name = "retires_on")
	private @Nullable LocalDate retiresOn;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "updated_at")
	private Instant updatedAt;

	@SuppressWarnings("NullAway.Init") // Hibernate sets the fields
	protected ModelEntity() {
	}

	@SuppressWarnings("NullAway.Init") // set() sets the rest
	ModelEntity(Model model, Instant now) {
		this.id = model.id().value();
		this.name = model.name();
		this.createdAt = now;
		set(model, now);
	}

	void set(Model model, Instant now) {
		Capabilities capabilities = model.capabilities();
		this.displayName = model.displayName();
		this.inputModalities = names(capabilities.input());
		this.outputModalities = names(capabilities.output());
		this.tools = capabilities.tools();
		this.structuredOutput = capabilities.structuredOutput();
		this.fillInTheMiddle = capabilities.fillInTheMiddle();
		this.contextWindow = capabilities.contextWindow();
		this.maxOutput = capabilities.maxOutput();
		this.imageTokensMax = capabilities.imageTokensMax();
		this.stage = model.lifecycle().stage();
		this.successor = model.lifecycle().successor();
		this.retiresOn = model.lifecycle().retiresOn();
		this.updatedAt = now;
	}

	UUID id() {
		return this.id;
	}

	String name() {
		return this.name;
	}

	Model toModel() {
		Capabilities capabilities = new Capabilities(modalities(this.inputModalities),
				modalities(this.outputModalities), this.tools, this.structuredOutput, this.fillInTheMiddle,
				this.contextWindow, this.maxOutput, this.imageTokensMax);
		return new Model(new ModelId(this.id), this.name, this.displayName, capabilities,
				new Lifecycle(this.stage, this.successor, this.retiresOn));
	}

	private static String[] names(Set<Modality> modalities) {
		return modalities.stream().sorted().map(Modality::name).toArray(String[]::new);
	}

	private static Set<Modality> modalities(String[] names) {
		return Arrays.stream(names).map(Modality::valueOf).collect(Collectors.toUnmodifiableSet());
	}

}
