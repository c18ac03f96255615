package io.exchequer.gateway;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.catalina.Container;
import org.apache.catalina.Context;
import org.apache.catalina.Lifecycle;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/**
 * Keeps the filters that the frameworks map to every path away from one servlet. Servlet
 * mappings know no exception, so such a filter is mapped to every other servlet by name:
 * a servlet that is added later is covered, and only the one named here is not.
 */
final class FiltersAside {

	private static final String EVERY_PATH = "/*";

	private final String servlet;

	/**
	 * Makes a customizer.
	 * @param servlet the servlet's name
	 */
	FiltersAside(String servlet) {
		this.servlet = servlet;
	}

	/** Arranges it for a context, once its servlets and filters are known. */
	void customize(Context context) {
		context.addLifecycleListener((event) -> {
			if (event.getType().equals(Lifecycle.AFTER_START_EVENT)) {
				remap(context);
			}
		});
	}

	private void remap(Context context) {
		List<String> others = Arrays.stream(context.findChildren())
			.map(Container::getName)
			.filter((name) -> !name.equals(this.servlet))
			.toList();
		if (others.isEmpty()) {
			return; // the start failed before any servlet was there, and will say why
		}
		List<FilterMap> remapped = new ArrayList<>();
		for (FilterMap map : context.findFilterMaps()) {
			context.removeFilterMap(map);
			remapped.add(coversEverything(map) ? byName(map, others) : map);
		}
		remapped.forEach(context::addFilterMap);
	}

	private static boolean coversEverything(FilterMap map) {
		return map.getMatchAllUrlPatterns() || map.getMatchAllServletNames()
				|| Arrays.asList(map.getURLPatterns()).contains(EVERY_PATH);
	}

	private static FilterMap byName(FilterMap map, List<String> servlets) {
		FilterMap result = new FilterMap();
		result.setFilterName(map.getFilterName());
		servlets.forEach(result::addServletName);
		for (String dispatcher : map.getDispatcherNames()) {
			result.setDispatcher(dispatcher);
		}
		return result;
	}

}
