package io.exchequer.registry;

import io.exchequer.kernel.ModelId;

/**
 * A logical model.
 *
 * @param id its identifier
 * @param name the unique name clients ask for
 * @param displayName the name people read
 * @param capabilities what it can do
 * @param lifecycle where it stands
 */
public record Model(ModelId id, String name, String displayName, Capabilities capabilities, Lifecycle lifecycle) {
}
