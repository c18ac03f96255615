# Builds the platform, then keeps only what runs it.
FROM node:20-bookworm-slim AS node

FROM eclipse-temurin:25-jdk-noble AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/root/.m2 --mount=type=cache,target=/root/.npm \
	./mvnw -B -ntp -DskipTests package \
	&& mv platform-api/target/platform-api-*-exec.jar /platform.jar
# The framework and the libraries change less often than the platform does.
RUN java -Djarmode=tools -jar /platform.jar extract --layers --launcher --destination /layers

FROM eclipse-temurin:25-jre-noble
# The embedded PostgreSQL refuses to run as root, and so does everything else here.
RUN groupadd --gid 10001 exchequer \
	&& useradd --uid 10001 --gid exchequer --create-home --home-dir /var/lib/exchequer exchequer
USER 10001:10001
WORKDIR /opt/exchequer
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/spring-boot-loader/ ./
COPY --from=build /layers/snapshot-dependencies/ ./
COPY --from=build /layers/application/ ./
# The heap follows the container's memory limit; the rest is for code, threads and the embedding model.
ENV EXCHEQUER_DATA_DIR=/var/lib/exchequer/data \
	JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError"
VOLUME /var/lib/exchequer
EXPOSE 8080
# Only the JRE is sure to be here: a request by bash itself.
HEALTHCHECK --interval=5s --timeout=3s --start-period=90s --retries=6 \
	CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SERVER_PORT:-8080} && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "org.springframework.boot.loader.launch.JarLauncher"]
