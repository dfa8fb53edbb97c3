#include "tests/persistence/frozen_server.hpp"

#include "persistence/catalog_store.hpp"
#include "persistence/database_session.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/link.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <optional>

using namespace frontrow;
using namespace frontrow::persistence;
using namespace std::chrono_literals;

namespace {

/// Far beyond any limit set here. A call that has not ended by then hangs; it ends when the server goes on.
constexpr auto patience = 30s;

session_settings short_of_time() {
  session_settings settings;
  settings.connect_timeout = 2s;
  settings.statement_timeout = 100ms;
  settings.reply_margin = 200ms;
  settings.retry_after = 0ms;
  return settings;
}

/// Runs `call` with the server frozen: its answer, or nothing if it hung.
template <class Call>
auto while_frozen(Call call) -> std::optional<decltype(call())> {
  std::future<decltype(call())> answer;
  std::optional<decltype(call())> result;
  {
    const frozen_server still{private_postgres::instance()};
    answer = std::async(std::launch::async, call);
    if (answer.wait_for(patience) == std::future_status::ready)
      result = answer.get();
  } // the server goes on, and so does whoever hung on it
  return result;
}

class told_end final : public history_consumer {
public:
  void snapshot(const snapshot_row&) override {}
  void events(std::span<const stored_event>) override {}
  void loaded(version_number) override {}
  void failed(database_failure reason) override { end_.set_value(reason); }
  std::future<database_failure> end() { return end_.get_future(); }

private:
  std::promise<database_failure> end_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(a_server_that_stands_still)

BOOST_AUTO_TEST_CASE(holds_a_read_up_no_longer_than_its_limit_and_serves_the_next_one_when_it_goes_on) {
  database_session session{private_postgres::instance().fresh_database(), short_of_time()};
  BOOST_REQUIRE(session.answers());
  const auto answered = while_frozen([&] { return session.answers(); });
  BOOST_REQUIRE_MESSAGE(answered, "the call hung");
  BOOST_TEST(!*answered);
  wait_until("the server to answer again", [&] { return session.answers(); });
}

BOOST_AUTO_TEST_CASE(holds_a_write_up_no_longer_than_its_limit) {
  database_session session{private_postgres::instance().fresh_database(), short_of_time()};
  BOOST_REQUIRE(session.answers());
  const auto made = while_frozen([&] {
    const auto created = create_user(session, {0, "Someone", {}}, std::nullopt, [](const user_row&) { return ""; });
    return created ? std::optional<database_failure>{} : created.error();
  });
  BOOST_REQUIRE_MESSAGE(made, "the call hung");
  BOOST_TEST((*made == database_failure::away));
}

BOOST_AUTO_TEST_CASE(holds_whoever_connects_up_no_longer_than_the_limit) {
  database_session session{private_postgres::instance().fresh_database(), short_of_time()};
  const auto answered = while_frozen([&] { return session.answers(); });
  BOOST_REQUIRE_MESSAGE(answered, "the call hung");
  BOOST_TEST(!*answered);
}

BOOST_AUTO_TEST_CASE(holds_no_stop_up_though_a_read_waits_for_it_without_limit) {
  journal_reader_config config;
  config.databases = {{private_postgres::instance().fresh_database()}};
  config.readers = 1;
  config.stop_patience = 50ms;
  config.session.statement_timeout = 1h;
  config.session.connect_timeout = 2s;
  journal_reader reader{config};
  std::promise<void> connected;
  BOOST_REQUIRE(!reader.submit([&](journal_view& view) {
    static_cast<void>(view.catalog().answers());
    connected.set_value();
  }));
  connected.get_future().wait();
  auto consumer = std::make_shared<told_end>();
  auto end = consumer->end();
  const auto stopped = while_frozen([&] {
    const auto refused = reader.load({{domain::entity_kind::account, 1}, 0}, consumer);
    wait_until("the read to be taken", [&] { return reader.pending() == 0; });
    reader.stop();
    return !refused;
  });
  BOOST_REQUIRE_MESSAGE(stopped, "stop hung");
  BOOST_TEST(*stopped);
  BOOST_TEST((end.get() == database_failure::stopped));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_merely_idle_is_not_cut_off) {
  database_session session{private_postgres::instance().fresh_database(), short_of_time()};
  const auto until = std::chrono::steady_clock::now() + 3 * (100ms + 200ms);
  do {
    BOOST_REQUIRE(session.answers());
  } while (std::chrono::steady_clock::now() < until);
  BOOST_TEST(session.link().generation() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
