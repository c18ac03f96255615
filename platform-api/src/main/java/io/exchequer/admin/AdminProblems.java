package io.exchequer.admin;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import io.exchequer.security.ForbiddenException;
import io.exchequer.security.PasswordsBusyException;
import io.exchequer.security.SignInRefusedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.dao.UncategorizedDataAccessException;
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

	private static final int SQL_STATE_LENGTH = 5;

	private static final String DATA_EXCEPTION = "22";

	/** Connection, resources, operator's intervention, and errors of the system. */
	private static final Set<String> UNAVAILABLE = Set.of("08", "53", "57", "58");

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
		if (isUnstorable(ex)) {
			log.info("A value was refused by the database: {}", ex.getClass().getSimpleName());
			return invalid(List.of(new FieldProblem("invalid_value", "",
					"a value is out of range, or has a character that cannot be kept, such as U+0000")));
		}
		log.info("A change came between: {}", ex.getClass().getSimpleName());
		return problem(HttpStatus.CONFLICT, "changed_meanwhile",
				"Something else changed this at the same time: read it again and try once more.");
	}

	/** Returns whether the database found a value that its type does not have. */
	private static boolean isUnstorable(DataAccessException ex) {
		return sqlClass(ex).equals(DATA_EXCEPTION);
	}

	/** Returns the class of an error's SQL state: its first two characters, or none. */
	private static String sqlClass(DataAccessException ex) {
		String state = (ex.getRootCause() instanceof SQLException cause) ? cause.getSQLState() : null;
		return (state != null && state.length() == SQL_STATE_LENGTH) ? state.substring(0, 2) : "";
	}

	/** Of these, JPA knows less than the database said. */
	@ExceptionHandler
	ResponseEntity<Object> uncategorized(UncategorizedDataAccessException ex) {
		return UNAVAILABLE.contains(sqlClass(ex)) ? unavailable(ex) : broken(ex);
	}

	/**
	 * Nothing was changed: the database is not there, is full, took too long, or ended a
	 * deadlock.
	 */
	@ExceptionHandler({ StaleConfigurationException.class, BillingUnavailableException.class,
			TransactionException.class, TransientDataAccessException.class, RecoverableDataAccessException.class,
			DataAccessResourceFailureException.class })
	ResponseEntity<Object> unavailable(RuntimeException ex) {
		log.warn("The database did not answer an administrator: {}", ex.getMessage());
		return retry("unavailable", "The database does not answer: try again later.");
	}

	@ExceptionHandler
	ResponseEntity<Object> busy(PasswordsBusyException ex) {
		log.warn("Passwords were not checked: too many at once");
		return retry("too_busy", ex.getMessage());
	}

	private static ResponseEntity<Object> retry(String code, @Nullable String message) {
		return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
			.header(HttpHeaders.RETRY_AFTER, "1")
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.body(detail(HttpStatus.SERVICE_UNAVAILABLE, code, message));
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
