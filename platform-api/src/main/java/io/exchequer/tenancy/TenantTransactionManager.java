package io.exchequer.tenancy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

import javax.sql.DataSource;

import jakarta.persistence.EntityManagerFactory;

import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;

/**
 * Tells the database, at the beginning of each transaction, whose rows it may see. The
 * setting ends with the transaction, so that a pooled connection carries none.
 */
class TenantTransactionManager extends JpaTransactionManager {

	private static final String SPEAK_FOR = "SELECT set_config('exchequer.tenant', ?, true)";

	private final DataSource dataSource;

	private final transient TenantVisibility visibility;

	TenantTransactionManager(EntityManagerFactory entityManagerFactory, DataSource dataSource,
			TenantVisibility visibility) {
		super(entityManagerFactory);
		setDataSource(dataSource);
		this.dataSource = dataSource;
		this.visibility = visibility;
	}

	@Override
	protected void doBegin(Object transaction, TransactionDefinition definition) {
		super.doBegin(transaction, definition);
		String setting = this.visibility.setting();
		if (setting.isEmpty()) {
			return;
		}
		Connection connection = DataSourceUtils.getConnection(this.dataSource);
		try (PreparedStatement statement = connection.prepareStatement(SPEAK_FOR)) {
			statement.setString(1, setting);
			statement.execute();
		}
		catch (SQLException ex) {
			doCleanupAfterCompletion(transaction);
			throw new CannotCreateTransactionException("the connection could not be given its tenant", ex);
		}
		finally {
			DataSourceUtils.releaseConnection(connection, this.dataSource);
		}
	}

}
