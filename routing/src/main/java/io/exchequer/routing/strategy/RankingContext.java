package io.exchequer.routing.strategy;

import java.util.UUID;

/**
 * What a strategy may look at besides the candidates.
 *
 * @param requestId the request; chance is drawn from it, so that a choice can be
 * explained afterwards
 * @param outputTokensExpected a guess at the answer's tokens, 1 or more
 * @param performance what this replica observed
 */
public record RankingContext(UUID requestId, int outputTokensExpected, Performance performance) {
}
