package io.exchequer.billing.budget;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Currency;
import java.util.UUID;

import io.exchequer.billing.Budget;
import io.exchequer.billing.BudgetScope;
import io.exchequer.billing.BudgetWindow;
import io.exchequer.kernel.TenantId;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/**
 * A budget's row.
 */
@Entity
@Table(name = "budget")
class BudgetEntity {

	@EmbeddedId
	private Key key;

	private String name;

	@Column(name = "scope_type")
	private String scopeType;

	@Column(name = "scope_value")
	private String scopeValue;

	@Column(name = "window_kind")
	private String windowKind;

	@Column(name = "time_zone")
	private String timeZone;

	private String currency;

	@Column(name = "hard_limit_nanos", precision = 38)
	private @Nullable BigDecimal hardLimitNanos;

	@Column(name = "soft_limit_nanos", precision = 38)
	private @Nullable BigDecimal softLimitNanos;

	@Column(name = "created_at")
	private Instant createdAt;

	@Column(name = "updated_at")
	private Instant updatedAt;

	@SuppressWarnings("NullAway.Init")
	protected BudgetEntity() {
	}

	@SuppressWarnings("NullAway.Init")
	BudgetEntity(Budget budget, Instant at) {
		this.key = new Key(budget.tenant().value(), budget.id());
		this.createdAt = at;
		write(budget, at);
	}

	/** Takes everything over but identifier, tenant and the instant of creation. */
	final void write(Budget budget, Instant at) {
		this.name = budget.name();
		this.scopeType = budget.scope().type().text();
		this.scopeValue = budget.scope().value();
		this.windowKind = budget.window().name();
		this.timeZone = budget.zone().getId();
		this.currency = budget.currency().getCurrencyCode();
		this.hardLimitNanos = budget.hardLimitNanos();
		this.softLimitNanos = budget.softLimitNanos();
		this.updatedAt = at;
	}

	Budget toBudget() {
		return new Budget(new TenantId(this.key.tenantId()), this.key.id(), this.name,
				new BudgetScope(BudgetScope.Type.named(this.scopeType).orElseThrow(), this.scopeValue),
				BudgetWindow.named(this.windowKind).orElseThrow(), ZoneId.of(this.timeZone),
				Currency.getInstance(this.currency), this.hardLimitNanos, this.softLimitNanos);
	}

	/**
	 * Its primary key.
	 *
	 * @param tenantId the owner
	 * @param id a UUIDv7
	 */
	@Embeddable
	record Key(@Column(name = "tenant_id") UUID tenantId, @Column(name = "id") UUID id) implements Serializable {
	}

}
