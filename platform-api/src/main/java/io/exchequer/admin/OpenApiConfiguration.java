package io.exchequer.admin;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.utils.SpringDocUtils;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Describes the admin API as it really is: identifiers and amounts are texts. */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {

	private static final String TOKEN = "adminToken";

	static {
		for (Class<?> id : List.of(TenantId.class, TeamId.class, ProjectId.class, KeyId.class, ModelId.class,
				DeploymentId.class)) {
			SpringDocUtils.getConfig().replaceWithClass(id, UUID.class);
		}
		SpringDocUtils.getConfig().replaceWithClass(Money.class, String.class);
		SpringDocUtils.getConfig().replaceWithClass(BigDecimal.class, String.class);
	}

	@Bean
	OpenAPI openApi() {
		return new OpenAPI()
			.info(new Info().title("Exchequer admin API")
				.version("v1")
				.description("Administration of the platform. Amounts are texts in whole units of their currency; "
						+ "errors are problem details (RFC 9457) with a stable code."))
			.components(new Components().addSecuritySchemes(TOKEN,
					new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer")))
			.addSecurityItem(new SecurityRequirement().addList(TOKEN));
	}

	@Bean
	OpenApiCustomizer asItReallyIs() {
		return (api) -> {
			api.setServers(null);
			Paths paths = new Paths();
			new TreeMap<>(api.getPaths()).forEach((path, item) -> paths.addPathItem(path.replace("{*", "{"), item));
			api.setPaths(paths);
			if (api.getComponents().getSchemas() != null) {
				Map<String, Schema<?>> sorted = new TreeMap<>();
				api.getComponents().getSchemas().forEach((name, schema) -> {
					lowerEnums(schema);
					sorted.put(name, schema);
				});
				api.getComponents().setSchemas(new LinkedHashMap<>(sorted));
			}
		};
	}

	/** Enumerations are written like-this. */
	private static void lowerEnums(Schema<?> schema) {
		lower(schema);
		if (schema.getProperties() != null) {
			schema.getProperties().values().forEach(OpenApiConfiguration::lowerEnums);
		}
		if (schema.getItems() != null) {
			lowerEnums(schema.getItems());
		}
	}

	private static <T> void lower(Schema<T> schema) {
		List<T> values = schema.getEnum();
		if (values != null) {
			schema.setEnum(values.stream().map(OpenApiConfiguration::<T>lowered).toList());
		}
	}

	@SuppressWarnings("unchecked")
	private static <T> T lowered(T value) {
		return (value instanceof String text) ? (T) text.toLowerCase(Locale.ROOT).replace('_', '-') : value;
	}

}
