package io.exchequer.tenancy;

/**
 * What a tenant is to be.
 *
 * @param name its unique name: lower-case letters, digits, {@code .}, {@code _} and
 * {@code -}, 1 to 64 characters
 * @param displayName the name people read, 1 to 200 characters
 * @param storesAnswers whether answers are stored
 */
public record TenantDraft(String name, String displayName, boolean storesAnswers) {
}
