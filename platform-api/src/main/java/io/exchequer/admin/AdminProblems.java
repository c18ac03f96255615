package io.exchequer.admin;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.security.ForbiddenException;
import io.exchequer.security.SignInRefusedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * Problem details (RFC 9457), each with a stable {@code code}, and with {@code errors} by
 * field where the request was not valid.
 */
@RestControllerAdvice
class AdminProblems extends ResponseEntityExceptionHandler {

	private static final Logger log = LoggerFactory.getLogger(AdminProblems.class);

	@ExceptionHandler
	ResponseEntity<Object> invalid(ValidationProblem problem) {
		return invalid(problem.problems());
	}

	@ExceptionHandler
	ResponseEntity<Object> notFound(NotFoundProblem problem) {
		return problem(HttpStatus.NOT_FOUND, problem.code(), problem.getMessage());
	}

	@ExceptionHandler
	ResponseEntity<Object> conflict(ConflictProblem problem) {
		return problem(HttpStatus.CONFLICT, problem.code(), problem.getMessage());
	}

	@ExceptionHandler
	ResponseEntity<Object> forbidden(ForbiddenException problem) {
		return problem(HttpStatus.FORBIDDEN, "forbidden", problem.getMessage());
	}

	@ExceptionHandler
	ResponseEntity<Object> signInRefused(SignInRefusedException problem) {
		if (problem.retryAfter().isZero()) {
			return problem(HttpStatus.UNAUTHORIZED, "bad_credentials", problem.getMessage());
		}
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, Long.toString(problem.retryAfter().toSeconds() + 1));
		return ResponseEntity.status(HttpStatus.TOO_MANY_REQUESTS)
			.headers(headers)
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.body(detail(HttpStatus.TOO_MANY_REQUESTS, "too_many_attempts", problem.getMessage()));
	}

	/** Two administrators at once: the later one loses, and may try again. */
	@ExceptionHandler({ OptimisticLockingFailureException.class, DataIntegrityViolationException.class })
	ResponseEntity<Object> changedMeanwhile(DataAccessException ex) {
		log.info("A change came between: {}", ex.getClass().getSimpleName());
		return problem(HttpStatus.CONFLICT, "changed_meanwhile",
				"Something else changed this at the same time: read it again and try once more.");
	}

	@ExceptionHandler({ StaleConfigurationException.class, BillingUnavailableException.class,
			TransactionException.class })
	ResponseEntity<Object> unavailable(RuntimeException ex) {
		log.warn("The database did not answer an administrator: {}", ex.getMessage());
		return problem(HttpStatus.SERVICE_UNAVAILABLE, "unavailable", "The database does not answer: try again later.");
	}

	@ExceptionHandler
	ResponseEntity<Object> broken(Exception ex) {
		log.error("An administrator's request failed", ex);
		return problem(HttpStatus.INTERNAL_SERVER_ERROR, "internal_error",
				"The platform failed to do this; its log says why.");
	}

	@Override
	protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(MethodArgumentNotValidException ex,
			HttpHeaders headers, HttpStatusCode status, WebRequest request) {
		return invalid(ex.getFieldErrors()
			.stream()
			.map((error) -> new FieldProblem("invalid", error.getField(), String.valueOf(error.getDefaultMessage())))
			.toList());
	}

	@Override
	protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(HttpMessageNotReadableException ex,
			HttpHeaders headers, HttpStatusCode status, WebRequest request) {
		return (ex.getCause() instanceof JacksonException cause) ? invalid(List.of(unreadable(cause)))
				: problem(HttpStatus.BAD_REQUEST, "unreadable", "The body is missing or is not of this form.");
	}

	@Override
	protected @Nullable ResponseEntity<Object> handleExceptionInternal(Exception ex, @Nullable Object body,
			HttpHeaders headers, HttpStatusCode status, WebRequest request) {
		ResponseEntity<Object> response = super.handleExceptionInternal(ex, body, headers, status, request);
		if (response != null && response.getBody() instanceof ProblemDetail detail) {
			HttpStatus known = HttpStatus.resolve(status.value());
			detail.setProperty("code",
					(known != null) ? known.name().toLowerCase(Locale.ROOT) : "http_" + status.value());
		}
		return response;
	}

	/** Says what is wrong with a document, and where, without repeating what it says. */
	static FieldProblem unreadable(JacksonException ex) {
		String path = path(ex);
		if (ex instanceof UnrecognizedPropertyException) {
			return new FieldProblem("unknown_member", path, "is not a member of this resource");
		}
		String where = (ex.getLocation() != null)
				? "line " + ex.getLocation().getLineNr() + ", column " + ex.getLocation().getColumnNr()
				: "an unknown place";
		return new FieldProblem("unreadable", path, "is not of the right form, at " + where);
	}

	private static String path(JacksonException ex) {
		return ex.getPath()
			.stream()
			.map((reference) -> (reference.getPropertyName() != null) ? "." + reference.getPropertyName()
					: "[" + reference.getIndex() + "]")
			.collect(Collectors.joining())
			.replaceFirst("^\\.", "");
	}

	private static ResponseEntity<Object> invalid(List<FieldProblem> problems) {
		ProblemDetail detail = detail(HttpStatus.UNPROCESSABLE_CONTENT, "invalid",
				problems.size() + ((problems.size() == 1) ? " thing is" : " things are") + " wrong: see errors.");
		detail.setProperty("errors", problems);
		return answer(HttpStatus.UNPROCESSABLE_CONTENT, detail);
	}

	private static ResponseEntity<Object> problem(HttpStatus status, String code, @Nullable String message) {
		return answer(status, detail(status, code, message));
	}

	private static ResponseEntity<Object> answer(HttpStatus status, ProblemDetail detail) {
		return ResponseEntity.status(status).contentType(MediaType.APPLICATION_PROBLEM_JSON).body(detail);
	}

	private static ProblemDetail detail(HttpStatus status, String code, @Nullable String message) {
		ProblemDetail detail = ProblemDetail.forStatusAndDetail(status, (message != null) ? message : code);
		detail.setProperty("code", code);
		return detail;
	}

}
