#include "tests/persistence/private_postgres.hpp"

#include "persistence/migrate.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE(migrating_twice_lands_once) {
  const auto dsn = private_postgres::instance().empty_database();
  const auto first = migrate(dsn);
  BOOST_REQUIRE(first);
  BOOST_TEST(!first->landed.empty());
  BOOST_TEST(first->version == first->landed.back());
  const auto second = migrate(dsn);
  BOOST_REQUIRE(second);
  BOOST_TEST(second->landed.empty());
  BOOST_TEST(second->version == first->version);
}

BOOST_AUTO_TEST_CASE(two_programs_at_once_land_once) {
  const auto dsn = private_postgres::instance().empty_database();
  std::atomic<std::size_t> landed{0};
  std::atomic<int> well{0};
  std::vector<std::thread> programs;
  for (int nth = 0; nth < 4; ++nth)
    programs.emplace_back([&] {
      const auto migrated = migrate(dsn);
      if (migrated) {
        ++well;
        landed += migrated->landed.size();
      }
    });
  for (auto& program : programs)
    program.join();
  BOOST_TEST(well == 4);
  BOOST_TEST(sql(dsn, "select count(*) from schema_migration") == std::to_string(landed));
}

BOOST_AUTO_TEST_CASE(a_newer_database_is_refused) {
  const auto dsn = private_postgres::instance().empty_database();
  BOOST_REQUIRE(migrate(dsn));
  sql(dsn, "insert into schema_migration (number, name, checksum) values (999, 'V999__later', 'x')");
  const auto refused = migrate(dsn);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().reason == migration_failure::newer_database));
  BOOST_TEST(refused.error().detail.find("999") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_migration_changed_after_landing_is_refused) {
  const auto dsn = private_postgres::instance().empty_database();
  BOOST_REQUIRE(migrate(dsn));
  sql(dsn, "update schema_migration set checksum = 'another' where number = 1");
  const auto refused = migrate(dsn);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().reason == migration_failure::changed));
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_leaves_nothing_behind) {
  const auto dsn = private_postgres::instance().empty_database();
  sql(dsn, "create table kept_answer (in_the_way int)"); // the first migration wants that name near its end
  const auto refused = migrate(dsn);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().reason == migration_failure::rejected));
  BOOST_TEST(sql(dsn, "select count(*) from pg_tables where tablename in ('journal', 'shard')") == "0");
  BOOST_TEST(sql(dsn, "select count(*) from schema_migration") == "0");
}

BOOST_AUTO_TEST_CASE(no_server_is_told_as_away) {
  const auto refused = migrate("host=/nonexistent user=nobody dbname=nothing");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().reason == migration_failure::away));
}

BOOST_AUTO_TEST_SUITE_END()
