/**
 * Encryption at rest and key hashing under the platform's master keys.
 */
@NullMarked
@NamedInterface("crypto")
package io.exchequer.registry.crypto;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
