package io.exchequer.security;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface UserRepository extends Repository<UserEntity, UUID> {

	UserEntity save(UserEntity user);

	Optional<UserEntity> findById(UUID id);

	Optional<UserEntity> findByEmail(String email);

	List<UserEntity> findByIdGreaterThanOrderById(UUID after, Limit limit);

	@Query("""
			select u from UserEntity u
			where u.id > :after and u.id in (select m.userId from MembershipEntity m where m.id.tenantId = :tenant)
			order by u.id""")
	List<UserEntity> pageOf(UUID tenant, UUID after, Limit limit);

}
