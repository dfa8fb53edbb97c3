#include "tests/persistence/private_postgres.hpp"

#include "persistence/catalog_store.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;

namespace {

instant at(std::int64_t milliseconds) {
  return instant{std::chrono::milliseconds{milliseconds}};
}

concert_row draft(const std::string& title) {
  return {.title = title, .queue = R"({"burst": 5})", .created_at = at(1000)};
}

std::string answer_of(const concert_row& row) {
  return "{\"concertId\":" + std::to_string(row.concert) + "}";
}

std::string answer_of_user(const user_row& row) {
  return std::to_string(row.user);
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalog)

BOOST_AUTO_TEST_CASE(concerts_and_options_come_back_as_they_were_created) {
  database_session session{private_postgres::instance().fresh_database()};
  const auto made = create_concert(session, draft("It's \"one\""), std::nullopt, answer_of);
  BOOST_REQUIRE(made);
  const auto concert = std::get<created<concert_row>>(*made);
  BOOST_TEST(concert.row.concert == 1);
  BOOST_TEST(concert.answer == "{\"concertId\":1}");
  BOOST_TEST((concert.row.state == opening::announced));
  const option_row option{.concert = 1,
                          .title = "evening",
                          .starts_at = at(1'900'000'000'000),
                          .duration_minutes = 120,
                          .definition = R"({"sections": []})",
                          .created_at = at(2000)};
  for (int nth = 0; nth < 3; ++nth)
    BOOST_REQUIRE(create_option(session, option, std::nullopt, [](const option_row&) { return ""; }));
  BOOST_TEST(*mark_concert_opened(session, 1));
  BOOST_TEST(!*mark_concert_opened(session, 2));
  BOOST_TEST(*mark_option_opened(session, 2));
  BOOST_TEST(*set_queue_policy(session, 1, R"({"burst": 6})"));

  const auto found = find_concert(session, 1);
  BOOST_REQUIRE((found && *found));
  BOOST_TEST((*found)->title == "It's \"one\"");
  BOOST_TEST((*found)->queue == R"({"burst": 6})");
  BOOST_TEST(((*found)->created_at == at(1000)));
  BOOST_TEST(((*found)->state == opening::opened));
  BOOST_TEST(!find_concert(session, 2)->has_value());
  const auto options = options_of(session, 1);
  BOOST_REQUIRE(options);
  BOOST_TEST(options->size() == 3u);
  BOOST_TEST(((*options)[1].state == opening::opened));
  BOOST_TEST(((*options)[1].starts_at == option.starts_at));
  BOOST_TEST(list_options(session, 1, 1)->size() == 1u);
  BOOST_TEST(list_options(session, 1, 1)->front().option == 2);
  BOOST_TEST((*find_option(session, 3))->duration_minutes == 120);
  BOOST_TEST((list_concerts(session, 0, 10)->size()) == 1u);
}

BOOST_AUTO_TEST_CASE(an_option_of_no_concert_is_rejected) {
  database_session session{private_postgres::instance().fresh_database()};
  const auto made = create_option(session, {.concert = 9, .title = "x", .definition = "{}"}, std::nullopt,
                                  [](const option_row&) { return ""; });
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error() == database_failure::rejected));
}

BOOST_AUTO_TEST_CASE(a_repeated_key_gets_the_first_answer_and_another_body_is_refused) {
  database_session session{private_postgres::instance().fresh_database()};
  const idempotency_key key{"operator", "k-1", "body-1"};
  const auto first = create_concert(session, draft("one"), key, answer_of);
  BOOST_REQUIRE(first);
  const auto again = create_concert(session, draft("one"), key, answer_of);
  BOOST_REQUIRE(again);
  BOOST_TEST(std::get<answered_before>(*again).answer == "{\"concertId\":1}");
  const auto reused = create_concert(session, draft("two"), idempotency_key{"operator", "k-1", "body-2"}, answer_of);
  BOOST_REQUIRE(reused);
  BOOST_TEST(std::holds_alternative<key_reused>(*reused));
  const auto other_scope = create_concert(session, draft("two"), idempotency_key{"else", "k-1", "body-2"}, answer_of);
  BOOST_REQUIRE(other_scope);
  BOOST_TEST(std::holds_alternative<created<concert_row>>(*other_scope));
  BOOST_TEST(list_concerts(session, 0, 10)->size() == 2u);
  BOOST_TEST(*forget_answers(session, at(1001)) == 2u);
}

BOOST_AUTO_TEST_CASE(of_many_at_once_with_one_key_one_creates) {
  const auto dsn = private_postgres::instance().fresh_database();
  std::atomic<int> created_count{0}, repeated{0};
  std::vector<std::thread> clients;
  for (int nth = 0; nth < 8; ++nth)
    clients.emplace_back([&] {
      database_session session{dsn};
      const auto made = create_user(session, {.name = "Kim"}, idempotency_key{"users", "k", "f"}, answer_of_user);
      if (made && std::holds_alternative<created<user_row>>(*made))
        ++created_count;
      if (made && std::holds_alternative<answered_before>(*made) && std::get<answered_before>(*made).answer == "1")
        ++repeated;
    });
  for (auto& client : clients)
    client.join();
  BOOST_TEST(created_count == 1);
  BOOST_TEST(repeated == 7);
  database_session session{dsn};
  BOOST_TEST((*find_user(session, 1))->name == "Kim");
}

BOOST_AUTO_TEST_CASE(a_connection_string_may_be_a_uri) {
  const auto dsn = private_postgres::instance().fresh_database();
  const auto part = [&](const std::string& name) {
    const auto from = dsn.find(name + "=") + name.size() + 1;
    return dsn.substr(from, dsn.find(' ', from) - from);
  };
  database_session plain{"postgresql:///" + part("dbname") + "?host=" + part("host") + "&port=" + part("port") +
                         "&user=" + part("user")};
  BOOST_TEST(plain.answers());
}

BOOST_AUTO_TEST_CASE(a_server_restart_is_noticed_and_survived) {
  auto& server = private_postgres::instance();
  database_session session{server.fresh_database(), {.retry_after = std::chrono::milliseconds{0}}};
  BOOST_REQUIRE(create_concert(session, draft("one"), std::nullopt, answer_of));
  server.restart("fast");
  BOOST_TEST(list_concerts(session, 0, 10)->size() == 1u);
  server.restart("immediate");
  BOOST_TEST(static_cast<bool>(create_concert(session, draft("two"), std::nullopt, answer_of)));
  server.stop("fast");
  const auto away = list_concerts(session, 0, 10);
  BOOST_REQUIRE(!away);
  BOOST_TEST((away.error() == database_failure::away));
  BOOST_TEST(!session.answers());
  server.start();
  BOOST_TEST(session.answers());
  BOOST_TEST(list_concerts(session, 0, 10)->size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
