package io.exchequer.routing.execution;

import io.exchequer.routing.wire.StreamedText;

/**
 * A client's stream that broke past its commit point and that another deployment may go
 * on with.
 *
 * @param client the client's side, committed
 * @param text what the client has so far
 */
record OpenStream(ClientSide client, StreamedText text) {
}
