package io.exchequer.gateway;

import java.time.Clock;

import javax.sql.DataSource;

import io.exchequer.batch.BatchSettings;
import io.exchequer.batch.Batches;
import io.exchequer.batch.FileStore;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.RequestCosts;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.routing.RoutingService;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Puts the gateway together.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GatewaySettings.class)
class GatewayConfiguration {

	private static final String SERVLET = "gateway";

	@Bean
	BodyMemory bodyMemory(GatewaySettings settings) {
		return new BodyMemory(settings.bodyMemory().toBytes());
	}

	@Bean
	ClientWatch clientWatch() {
		return new ClientWatch();
	}

	@Bean
	StoredResponses storedResponses(@Qualifier("gatewayDataSource") DataSource dataSource, Clock clock) {
		return new StoredResponses(dataSource, clock);
	}

	@Bean
	ResponsesUpkeep responsesUpkeep(StoredResponses responses) {
		return new ResponsesUpkeep(responses);
	}

	@Bean
	ServletRegistrationBean<GatewayServlet> gatewayServlet(GatewaySettings settings, BodyMemory memory,
			ClientWatch clients, ConfigurationSource configurations, RoutingService routing,
			IdempotencyService idempotency, RequestCosts costs, StoredResponses responses,
			ObjectProvider<SessionIdentity> sessions, ObjectProvider<FileStore> files, ObjectProvider<Batches> batches,
			BatchSettings batchSettings, MeterRegistry meters, Clock clock, ApplicationAvailability availability) {
		Authenticator authenticator = new Authenticator(sessions.getIfAvailable(), settings.retryAfter());
		CompletionHandler completions = new CompletionHandler(settings, configurations, authenticator, memory, routing,
				new IdempotentRequests(idempotency, costs, clock), responses, clients);
		GatewayServlet.Handlers handlers = new GatewayServlet.Handlers(completions,
				new TokenCountHandler(settings, configurations, authenticator, memory),
				new ResponsesHandler(settings, configurations, authenticator, memory, responses),
				new ModelsHandler(configurations, authenticator),
				new RequestsHandler(configurations, authenticator, costs),
				new FilesHandler(settings, batchSettings, configurations, authenticator, memory, files),
				new BatchesHandler(settings, configurations, authenticator, memory, batches));
		GatewayServlet servlet = new GatewayServlet(handlers, new Cors(settings),
				new GatewayMetrics(meters, memory, settings), clock, settings.retryAfter(), availability);
		ServletRegistrationBean<GatewayServlet> registration = new ServletRegistrationBean<>(servlet, "/v1/*");
		registration.setName(SERVLET);
		registration.setLoadOnStartup(1);
		return registration;
	}

	@Bean
	WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> gatewayTomcatCustomizer(GatewaySettings settings) {
		return (factory) -> {
			factory.addEngineValves(new RefusalValve());
			factory.addContextCustomizers(new FiltersAside(SERVLET)::customize,
					(context) -> context.getPipeline().addValve(new ErrorValve()));
			factory.addConnectorCustomizers((connector) -> {
				// A model's name may contain a slash, which clients encode.
				connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
				// A client that asks before it sends its body learns first if it is
				// refused.
				connector.setProperty("continueResponseTiming", "onRead");
				// So that a client which sends too long a body still reads why.
				connector.setProperty("maxSwallowSize", Long.toString(2 * settings.maxBody().toBytes()));
			});
		};
	}

}
