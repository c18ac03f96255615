package io.exchequer.registry;

import java.util.Set;

/**
 * The kinds of provider that something in the process can speak to. The registry refuses
 * a provider of any other kind; without a bean of this type it takes every well-formed
 * one.
 */
@FunctionalInterface
public interface ProviderKinds {

	/** Returns every kind, such as {@code openai}. */
	Set<String> kinds();

}
