package io.exchequer.billing;

/**
 * Says what would be admitted, moving nothing: for explanations, not for the hot path.
 */
public interface AdmissionPreview {

	/**
	 * Returns what {@link BillingService#admit} would answer now; a moment later it may
	 * be something else. {@link Admission.Granted} holds nothing here, and the budgets
	 * are those of the request's snapshot.
	 */
	Admission preview(HoldRequest request);

}
