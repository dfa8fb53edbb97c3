#include "actors/catalog.hpp"

#include "actors/messages.hpp"
#include "persistence/described_json.hpp"
#include "tests/persistence/private_postgres.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

using namespace frontrow;

namespace {

/// The catalog on a real database, and a node of which no actor is asked here: what is in the tables is open.
struct catalog_alone {
  ~catalog_alone() {
    node.stop();
    writer.stop(std::chrono::milliseconds{0});
    reader.stop();
  }

  persistence::journal_writer_config writing() const {
    persistence::journal_writer_config config;
    config.databases = {{dsn}};
    config.incarnation = "00000000-0000-0000-0000-000000000001";
    return config;
  }
  persistence::journal_reader_config reading() const {
    persistence::journal_reader_config config;
    config.databases = {{dsn}};
    return config;
  }
  struct caf_settings : caf::actor_system_config {
    caf_settings() { actors::register_messages(*this); }
  };

  std::string dsn = private_postgres::instance().fresh_database(8);
  caf_settings settings;
  caf::actor_system system{settings};
  persistence::journal_writer writer{writing()};
  persistence::journal_reader reader{reading()};
  persistence::database_clock clock;
  actors::node node{system, writer, reader, clock, {}, 8};
  actors::catalog catalog{node, persistence::database_session{dsn}};
};

template <class Row>
Row row_in(const persistence::catalog_answer<persistence::creation<Row>>& made) {
  BOOST_REQUIRE(made);
  return std::get<persistence::created<Row>>(*made).row;
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalog)

BOOST_AUTO_TEST_CASE(a_reading_that_fails_half_way_takes_nothing_off_the_show) {
  catalog_alone it;
  persistence::database_session tables{it.dsn};
  const persistence::idempotency_key key{"concerts", "once", "print"};
  persistence::concert_row draft;
  draft.title = "Tour";
  draft.queue = persistence::json_of(domain::queue_policy{});
  const auto concert = row_in(persistence::create_concert(
      tables, draft, key, [](const persistence::concert_row& row) { return std::to_string(row.concert); }));
  BOOST_REQUIRE(persistence::mark_concert_opened(tables, concert.concert));
  domain::option_terms terms;
  terms.concert = concert.concert;
  terms.sections = {{"A", "R", 1000, 1, 10}};
  persistence::option_row date;
  date.concert = concert.concert;
  date.title = "Seoul";
  date.duration_minutes = 120;
  date.definition = persistence::json_of(terms);
  const auto option = row_in(persistence::create_option(tables, date, std::nullopt,
                                                        [](const persistence::option_row&) { return "made"; }));
  BOOST_REQUIRE(persistence::mark_option_opened(tables, option.option));
  BOOST_REQUIRE(it.catalog.reload());
  BOOST_REQUIRE(it.catalog.now()->option(option.option) != nullptr);

  sql(it.dsn, "alter table option rename to option_away"); // the concerts can be read, their options cannot
  BOOST_TEST(!it.catalog.reload());
  const auto again = it.catalog.create_concert("Tour", domain::queue_policy{}, key, ""); // a repeat: it publishes
  BOOST_REQUIRE(again);
  BOOST_TEST(*again == concert.concert);
  BOOST_TEST((it.catalog.now()->option(option.option) != nullptr));
  BOOST_REQUIRE(it.catalog.now()->concert(concert.concert) != nullptr);
  BOOST_TEST(it.catalog.now()->concert(concert.concert)->options.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
