package io.exchequer.routing.execution;

import io.exchequer.billing.AdmissionPreview;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingService;

/**
 * Plans a request's route and runs it.
 */
final class DefaultRoutingService implements RoutingService, CostBounds {

	private final RoutePlanner planner;

	private final Services services;

	private final AdmissionPreview preview;

	DefaultRoutingService(Services services, AdmissionPreview preview) {
		this.services = services;
		this.preview = preview;
		this.planner = new RoutePlanner(services.states(), services.providers());
	}

	@Override
	public Outcome serve(AiRequest request, RoutingConfiguration configuration, AnswerSink sink) {
		this.services.states().follow(configuration.version(), configuration.registry());
		Route route = this.planner.plan(request, configuration, this.services.clock().instant());
		return new RequestRun(this.services, route, sink).run();
	}

	@Override
	public Explanation explain(AiRequest request, RoutingConfiguration configuration) {
		Route route = this.planner.plan(request, configuration, this.services.clock().instant());
		return new Explainer(route, this.services, this.preview).explain();
	}

	@Override
	public Bound bound(AiRequest request, RoutingConfiguration configuration) {
		this.services.states().follow(configuration.version(), configuration.registry());
		return new Bounding(this.planner.plan(request, configuration, this.services.clock().instant())).bound();
	}

}
