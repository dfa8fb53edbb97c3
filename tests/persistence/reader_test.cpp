#include "tests/persistence/recorder.hpp"

#include "persistence/journal_scan.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace frontrow::persistence;

namespace {

/// `count` accounts, account n with n % `modulus` events of its own version, straight into the table.
void fill(const std::string& dsn, int count, int modulus) {
  sql(dsn, "insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
           "select 0, 'account', e, v, 1, 't', v, 'charged', jsonb_build_object('nth', v) "
           "from generate_series(1, " + std::to_string(count) + ") e, lateral generate_series(1, e % " +
               std::to_string(modulus) + ") v");
}

journal_reader_config reader_config(const std::string& dsn) {
  journal_reader_config config;
  config.databases.dsns = {dsn};
  config.readers = 1;
  config.session.retry_after = std::chrono::milliseconds{0};
  return config;
}

/// Keeps the only reader thread busy while it lives, so that what is asked meanwhile waits together.
class busy_reader {
public:
  explicit busy_reader(journal_reader& reader) {
    std::promise<void> begun;
    BOOST_REQUIRE(!reader.submit([this, &begun](journal_view&) {
      begun.set_value();
      go_on_.get_future().wait();
    }));
    begun.get_future().wait();
  }
  void release() { go_on_.set_value(); }

private:
  std::promise<void> go_on_;
};

void check_contiguous(const history& told, version_number from) {
  version_number next = from;
  for (const auto& one : told.events_)
    if (one.version != next++)
      BOOST_FAIL("version " << one.version << " out of order");
}

std::size_t times_logged(const std::string& log, const std::string& text) {
  std::size_t count = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
    ++count;
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reader)

BOOST_AUTO_TEST_CASE(loads_that_wait_together_are_answered_together) {
  auto& server = private_postgres::instance();
  const auto dsn = server.fresh_database();
  fill(dsn, 300, 100);
  // Account 50 has a snapshot at 20, account 60 a large one at 60, its last version.
  sql(dsn, "insert into snapshot values ('account', 50, 20, 3, 'state'), ('account', 60, 60, 3, repeat('x', 100000))");
  sql(dsn, "alter database " + dsn.substr(dsn.rfind('=') + 1) + " set log_statement = 'all'");
  journal_reader reader{reader_config(dsn)};
  std::vector<std::shared_ptr<history>> told;
  {
    busy_reader busy{reader};
    for (int id = 1; id <= 256; ++id) {
      told.push_back(std::make_shared<history>());
      BOOST_REQUIRE(!reader.load({account(id), 0}, told.back()));
    }
    BOOST_TEST(reader.pending() == 256u);
    busy.release();
    for (const auto& one : told)
      one->wait();
  }
  for (int id = 1; id <= 256; ++id) {
    const auto& one = *told[static_cast<std::size_t>(id - 1)];
    BOOST_TEST(!one.failure_.has_value());
    BOOST_TEST(one.version_ == id % 100);
    const version_number snapshot = id == 50 ? 20 : id == 60 ? 60 : 0;
    BOOST_TEST(one.snapshot_.has_value() == (snapshot != 0));
    if (one.snapshot_)
      BOOST_TEST(one.snapshot_->version == snapshot);
    BOOST_TEST(static_cast<version_number>(one.events_.size()) == id % 100 - snapshot);
    check_contiguous(one, snapshot + 1);
  }
  BOOST_TEST(told[59]->snapshot_->data.size() == 100000u);
  const auto log = server.log_text();
  BOOST_TEST(times_logged(log, "execute load_events: select w.nth") == 1u);
}

BOOST_AUTO_TEST_CASE(of_two_loads_of_one_entity_each_gets_what_it_asked_for) {
  const auto dsn = private_postgres::instance().fresh_database();
  fill(dsn, 99, 100);
  // Account 50 has a small snapshot, account 60 one that is too large for a group.
  sql(dsn, "insert into snapshot values ('account', 50, 20, 3, 'state'), ('account', 60, 20, 3, repeat('x', 100000))");
  journal_reader reader{reader_config(dsn)};
  for (const int id : {50, 60}) {
    const auto all = std::make_shared<history>(), rest = std::make_shared<history>();
    busy_reader busy{reader};
    BOOST_REQUIRE(!reader.load({account(id), 0}, rest, {.after = 40}));
    BOOST_REQUIRE(!reader.load({account(id), 0}, all));
    busy.release();
    all->wait();
    rest->wait();
    BOOST_TEST((all->snapshot_ && all->snapshot_->version == 20));
    check_contiguous(*all, 21);
    BOOST_TEST(all->version_ == id);
    BOOST_TEST(!rest->snapshot_);
    BOOST_TEST(std::ssize(rest->events_) == id - 40);
    check_contiguous(*rest, 41);
    BOOST_TEST(rest->version_ == id);
  }
}

BOOST_AUTO_TEST_CASE(a_long_history_comes_in_pages) {
  const auto dsn = private_postgres::instance().fresh_database();
  sql(dsn, "insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
           "select 0, 'queue', 1, v, 1, 't', v, 'joined', '{}' from generate_series(1, 10050) v");
  sql(dsn, "insert into snapshot values ('queue', 1, 5000, 1, 'half')");
  auto config = reader_config(dsn);
  config.page_rows = 1000;
  journal_reader reader{config};
  const entity_address queue{{entity_kind::queue, 1}, 0};

  auto normal = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load(queue, normal));
  normal->wait();
  BOOST_TEST(normal->snapshot_->version == 5000);
  BOOST_TEST(normal->version_ == 10050);
  BOOST_TEST(normal->events_.size() == 5050u);
  BOOST_TEST(normal->largest_page_ == 1000u);
  check_contiguous(*normal, 5001);

  auto from_the_beginning = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load(queue, from_the_beginning, {.snapshot = snapshots::ignored, .through = {}}));
  from_the_beginning->wait();
  BOOST_TEST(!from_the_beginning->snapshot_.has_value());
  BOOST_TEST(from_the_beginning->events_.size() == 10050u);

  auto early = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load(queue, early, {.snapshot = snapshots::used, .through = 4321}));
  early->wait();
  BOOST_TEST(!early->snapshot_.has_value());
  BOOST_TEST(early->version_ == 4321);
  check_contiguous(*early, 1);

  auto late = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load(queue, late, {.snapshot = snapshots::used, .through = 5000}));
  late->wait();
  BOOST_TEST(late->snapshot_->version == 5000);
  BOOST_TEST(late->version_ == 5000);
  BOOST_TEST(late->events_.empty());

  auto nobody = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load({{entity_kind::queue, 2}, 0}, nobody));
  nobody->wait();
  BOOST_TEST(nobody->version_ == 0);
}

BOOST_AUTO_TEST_CASE(a_hole_in_a_history_fails_its_load) {
  const auto dsn = private_postgres::instance().fresh_database();
  fill(dsn, 20, 100);
  sql(dsn, "delete from journal where entity = 10 and version = 4");
  journal_reader reader{reader_config(dsn)};
  auto told = std::make_shared<history>();
  BOOST_REQUIRE(!reader.load({account(10), 0}, told));
  told->wait();
  BOOST_TEST((told->failure_ == database_failure::rejected));
}

BOOST_AUTO_TEST_CASE(more_reads_than_may_wait_are_refused) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto config = reader_config(dsn);
  config.max_reads = 3;
  journal_reader reader{config};
  busy_reader busy{reader};
  auto told = std::make_shared<history>();
  BOOST_TEST(!reader.load({account(1), 0}, told));
  BOOST_TEST(!reader.load({account(2), 0}, std::make_shared<history>()));
  BOOST_TEST(!reader.submit([](journal_view&) {}));
  BOOST_TEST((reader.load({account(3), 0}, told) == database_failure::queue_full));
  BOOST_TEST((reader.submit([](journal_view&) {}) == database_failure::queue_full));
  busy.release();
  told->wait();
}

BOOST_AUTO_TEST_CASE(a_stopped_reader_tells_all_that_wait) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<history>();
  std::optional<database_failure> answered;
  journal_reader reader{reader_config(dsn)};
  std::thread stopping;
  {
    busy_reader busy{reader};
    BOOST_REQUIRE(!reader.load({account(1), 0}, told));
    BOOST_REQUIRE(!reader.submit([&](journal_view& view) {
      const auto last = view.last_version({account(1), 0});
      answered = last ? std::nullopt : std::optional{last.error()};
    }));
    stopping = std::thread([&] { reader.stop(); });
    wait_until("the stop to be known", [&] {
      return reader.load({account(2), 0}, std::make_shared<history>()) == database_failure::stopped;
    });
    busy.release();
    stopping.join();
  }
  BOOST_TEST((told->failure_ == database_failure::stopped));
  BOOST_TEST((answered == database_failure::stopped));
}

BOOST_AUTO_TEST_CASE(an_outage_is_a_value_and_the_next_read_after_it_succeeds) {
  auto& server = private_postgres::instance();
  const auto dsn = server.fresh_database();
  fill(dsn, 5, 100);
  journal_reader reader{reader_config(dsn)};
  const auto load = [&] {
    auto told = std::make_shared<history>();
    BOOST_REQUIRE(!reader.load({account(5), 0}, told));
    told->wait();
    return told;
  };
  BOOST_TEST(load()->version_ == 5);
  server.restart("immediate");
  BOOST_TEST(load()->version_ == 5); // the loss is noticed and made good
  server.stop("fast");
  BOOST_TEST((load()->failure_ == database_failure::away));
  server.start();
  BOOST_TEST(load()->version_ == 5);
}

BOOST_AUTO_TEST_CASE(an_accounts_history_is_paged_both_ways) {
  const auto dsn = private_postgres::instance().fresh_database();
  fill(dsn, 25, 100);
  journal_view view{{{dsn}}, {}};
  const entity_address address{account(25), 0};
  BOOST_TEST(*view.last_version(address) == 25);
  BOOST_TEST(*view.last_version({account(26), 0}) == 0);
  auto newest = view.events_before(address, 0, 10);
  BOOST_REQUIRE(newest);
  BOOST_TEST(newest->front().version == 25);
  BOOST_TEST(newest->back().version == 16);
  auto older = view.events_before(address, 16, 100);
  BOOST_TEST(older->front().version == 15);
  BOOST_TEST(older->size() == 15u);
  auto forward = view.events_after(address, 20, 3);
  BOOST_TEST(forward->front().version == 21);
  BOOST_TEST(forward->size() == 3u);
  BOOST_TEST(!view.snapshot(address)->has_value());
}

BOOST_AUTO_TEST_CASE(a_users_events_are_found_by_type_and_then_followed) {
  const auto dsn = private_postgres::instance().fresh_database();
  const auto insert = [&](int entity, int version, int party, int at, const std::string& type) {
    sql(dsn, "insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data, party) values (0, "
             "'seat_map', " + std::to_string(entity) + ", " + std::to_string(version) + ", 1, 't', " +
                 std::to_string(at) + ", '" + type + "', '{}', " + std::to_string(party) + ")");
  };
  insert(1, 1, 7, 100, "held");
  insert(1, 2, 8, 110, "held");
  insert(1, 3, 7, 120, "sold");
  insert(2, 1, 7, 130, "held");
  insert(2, 2, 7, 130, "released");
  journal_view view{{{dsn}}, {}};
  const auto page = view.party_page(7, {"held", "held_best"}, std::nullopt, 10);
  BOOST_REQUIRE(page);
  BOOST_REQUIRE(page->size() == 2u);
  BOOST_TEST((page->front().entity == seat_map(2)));
  BOOST_TEST((page->back().entity == seat_map(1)));
  const auto all = view.party_history(7, {{1, 1}, {2, 1}, {1, 3}}, 10);
  BOOST_REQUIRE(all);
  BOOST_TEST(all->size() == 4u);
  BOOST_TEST((*all)[1].row.type == "sold");
  BOOST_TEST(view.party_history(7, {{1, 2}}, 10)->size() == 1u);
  BOOST_TEST(view.party_history(7, {}, 10)->empty());
  BOOST_TEST(view.party_page(9, {"held"}, std::nullopt, 10)->empty());
}

BOOST_AUTO_TEST_CASE(a_scan_sees_one_moment_of_the_journal) {
  const auto dsn = private_postgres::instance().fresh_database();
  fill(dsn, 120, 50);
  database_session session{dsn};
  journal_scan scan{session, 100};
  std::size_t seen = 0;
  std::size_t largest = 0;
  std::pair<std::int64_t, version_number> last{0, 0};
  bool ascending = true;
  const auto consumer = [&](std::span<const stored_event> page) {
    largest = std::max(largest, page.size());
    seen += page.size();
    for (const auto& one : page) {
      const std::pair at{one.entity.id, one.version};
      ascending = ascending && at > last;
      last = at;
    }
  };
  BOOST_REQUIRE(scan.for_each_event(entity_kind::account, consumer));
  BOOST_TEST(std::to_string(seen) == sql(dsn, "select count(*) from journal"));
  BOOST_TEST(largest == 100u);
  BOOST_TEST(ascending);
  sql(dsn, "insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
           "values (0, 'queue', 1, 1, 1, '', 0, 'x', '{}')");
  std::size_t later = 0;
  BOOST_REQUIRE(scan.for_each_event(entity_kind::queue, [&](auto page) { later += page.size(); }));
  BOOST_TEST(later == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
