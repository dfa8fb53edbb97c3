// What the contract says of every request: trace ids, keys, entity tags, pages.
#include "box_office.hpp"
#include "journal_events.hpp"
#include "postgres_server.hpp"

#include <algorithm>
#include <functional>
#include <set>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(contract, box_office)

BOOST_AUTO_TEST_CASE(a_trace_id_is_kept_when_it_is_one_and_made_otherwise_and_stands_in_the_journal) {
  person someone;
  auto kept = ask(someone.charge(10).with("X-Trace-Id", "my-trace-1"));
  must(201, kept);
  BOOST_TEST(kept.header("X-Trace-Id") == "my-trace-1");
  std::set<std::string> made;
  for (const auto* bad : {"has blank", "under_score", ""}) {
    auto answer = ask(someone.balance().with("X-Trace-Id", bad));
    BOOST_TEST(answer.header("X-Trace-Id") != bad);
    made.insert(answer.header("X-Trace-Id"));
  }
  auto too_long = ask(someone.balance().with("X-Trace-Id", std::string(65, 'a')));
  BOOST_TEST(too_long.header("X-Trace-Id").size() <= 64u);
  made.insert(too_long.header("X-Trace-Id"));
  made.insert(ask(someone.balance()).header("X-Trace-Id"));
  BOOST_TEST(made.size() == 5u);
  BOOST_TEST(!made.contains(""));
  auto refused = ask(someone.charge(0).with("X-Trace-Id", "my-trace-2"));
  BOOST_TEST(expect_problem(refused, 400, "INVALID_REQUEST").at("traceId") == "my-trace-2");
  auto events = journal_of(house(), "account", someone.user);
  BOOST_TEST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].type == "charged");
  BOOST_TEST(events[0].trace_id == "my-trace-1");
  BOOST_TEST(ask(http_request("GET", "/nowhere")).header("X-Trace-Id") != "");
}

BOOST_AUTO_TEST_CASE(what_is_somebodys_own_is_not_to_be_stored) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  const std::string id = ask(201, someone.hold(option, {1})).at("reservationId");
  const std::vector<http_request> asked{someone.join(concert), someone.poll(), someone.reservation(id),
                                        someone.balance(), someone.charge(0)};
  for (const auto& each : asked)
    BOOST_TEST_CONTEXT(each.verb << " " << each.target) {
      const auto answer = ask(each);
      BOOST_TEST((answer.status == 200 || answer.status == 400), answer.text());
      BOOST_TEST(answer.header("Cache-Control") == "no-store");
    }
}

BOOST_AUTO_TEST_CASE(every_post_with_a_key_happens_once_and_refuses_another_body_under_it) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(10'000));
  struct keyed {
    std::string name;
    std::function<http_request(const std::string& key)> same;
    std::function<http_request(const std::string& key)> other; ///< another body to the same thing; may be none
  };
  std::string reservation;
  std::string payment;
  auto newcomer = person();
  const std::vector<keyed> table{
      {"join", [&](const auto& key) { return newcomer.join(concert, key); }, nullptr},
      {"charge", [&](const auto& key) { return someone.charge(5, key); },
       [&](const auto& key) { return someone.charge(6, key); }},
      {"hold", [&](const auto& key) { return someone.hold(option, {1, 2}, key); },
       [&](const auto& key) { return someone.hold(option, {3}, key); }},
      {"hold the best", [&](const auto& key) { return someone.hold_best(option, 1, key); },
       [&](const auto& key) { return someone.hold_best(option, 2, key); }},
      {"pay", [&](const auto& key) { return someone.pay(reservation, key); }, nullptr},
      {"cancel", [&](const auto& key) { return someone.cancel(payment, key); }, nullptr},
  };
  for (const auto& row : table)
    BOOST_TEST_CONTEXT(row.name) {
      const std::string key = "key~" + std::to_string(std::hash<std::string>{}(row.name));
      auto first = ask(row.same(key));
      BOOST_TEST_REQUIRE((first.status == 201 || first.status == 200), first.text());
      auto again = ask(row.same(key));
      BOOST_TEST(again.status == first.status);
      auto document = first.document();
      auto repeated = again.document();
      if (row.name == "join") { // the present state of the same place
        BOOST_TEST(repeated.at("queueToken") == document.at("queueToken"));
      } else {
        BOOST_TEST(repeated == document, repeated.dump() << " instead of " << document.dump());
      }
      if (row.other)
        expect_problem(ask(row.other(key)), 422, "IDEMPOTENCY_KEY_REUSED");
      if (row.name == "hold")
        reservation = document.at("reservationId");
      if (row.name == "pay")
        payment = document.at("paymentId");
    }
  BOOST_TEST(balance(someone) == 10'005);
  BOOST_TEST(pages(someone, "/api/v1/reservations", "reservations").size() == 2u);
  BOOST_TEST(pages(someone, "/api/v1/balance/history", "entries").size() == 4u);

  // A key belongs to its user and to the thing addressed.
  auto other = admitted(concert);
  BOOST_TEST(ask(201, other.charge(5, "shared")).at("balance") == 5);
  BOOST_TEST(ask(201, someone.charge(5, "shared")).at("balance") == 10'010);
  ask(201, other.hold(option, {20}, "shared"));
  auto second_option = open_option(concert);
  ask(201, other.hold(second_option, {20}, "shared"));
}

BOOST_AUTO_TEST_CASE(a_key_sent_twenty_times_at_once_has_one_effect) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  auto charges = http().ask_all(std::vector<http_request>(20, someone.charge(700, "k")));
  expect_tally(charges, {{"201", 20}});
  auto holds = http().ask_all(std::vector<http_request>(20, someone.hold_best(option, 2, "k")));
  expect_tally(holds, {{"201", 20}});
  for (const auto& answer : holds)
    BOOST_TEST(answer.body == holds.front().body);
  BOOST_TEST(balance(someone) == 700);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 48}, {"HELD", 2}}));
}

BOOST_AUTO_TEST_CASE(operators_posts_and_registrations_with_a_key_happen_once) {
  auto with_key = [&](const json& body) {
    auto request = house().admin_request("POST", "/admin/v1/concerts").with("Idempotency-Key", "one-concert");
    request.with_json(body);
    return house().admin_http().ask(request);
  };
  auto first = must(201, with_key({{"title", "Once"}}));
  BOOST_TEST(must(201, with_key({{"title", "Once"}})).at("concertId") == first.at("concertId"));
  expect_problem(with_key({{"title", "Twice"}}), 422, "IDEMPOTENCY_KEY_REUSED");
  auto registration = [](const std::string& name) {
    auto request = http_request("POST", "/api/v1/users").with("Idempotency-Key", "9pQ2mXc1LrT8vYw4ZkB7dA");
    return request.with_json({{"name", name}});
  };
  auto ada = ask(201, registration("Ada"));
  BOOST_TEST(ask(201, registration("Ada")).at("userId") == ada.at("userId"));
  expect_problem(ask(registration("Eve")), 422, "IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_CASE(two_strangers_who_happen_to_use_the_same_short_key_are_two_users) {
  auto registration = [](const std::string& key) {
    return http_request("POST", "/api/v1/users").with("Idempotency-Key", key).with_json({{"name", "Ada"}});
  };
  for (const auto* key : {"1", "register", "123456789012345678901"})
    BOOST_TEST(ask(201, registration(key)).at("userId") != ask(201, registration(key)).at("userId"));
}

BOOST_AUTO_TEST_CASE(a_registration_repeated_later_gets_a_token_that_lives_as_long_as_a_new_one) {
  auto registration =
      http_request("POST", "/api/v1/users").with("Idempotency-Key", "f3f0c1c2-7a7b-4a52-9f0c-6a4a9d0f1b11");
  registration.with_json({{"name", "Ada"}});
  auto first = ask(201, registration);
  // As it was kept of old, two hours ago: with the time of the registration behind the id.
  postgres_server::of_this_program().query(
      house().database_url(), "update kept_answer set at = at - 7200000, "
                              "answer = split_part(answer, ' ', 1) || ' ' || (at - 7200000) where key like 'f3f0%'");
  auto again = ask(201, registration);
  BOOST_TEST(again.at("userId") == first.at("userId"));
  BOOST_TEST(again.at("expiresAt").get<std::string>() >= first.at("expiresAt").get<std::string>());
}

BOOST_AUTO_TEST_CASE(answers_past_their_time_are_forgotten_while_users_register) {
  const auto sql = [&](const std::string& statement) {
    return postgres_server::of_this_program().query(house().database_url(), statement);
  };
  sql("insert into kept_answer (scope, key, fingerprint, answer, at) "
      "select 'users', s::text, '', '', (extract(epoch from now()) - 26 * 3600) * 1000 from generate_series(1, 5) s");
  sql("insert into kept_answer (scope, key, fingerprint, answer, at) "
      "values ('users', 'young', '', '', (extract(epoch from now()) - 24 * 3600) * 1000)");
  sql("select setval(pg_get_serial_sequence('app_user', 'user_id'), 999)");
  ask(201, http_request("POST", "/api/v1/users").with_json({{"name", "The thousandth"}}));
  BOOST_TEST(sql("select string_agg(key, ' ') from kept_answer where fingerprint = ''") == "young");
}

BOOST_AUTO_TEST_CASE(a_seat_list_has_a_strong_tag_that_changes_with_the_seats) {
  auto concert = open_concert();
  auto option = open_option(concert);
  const auto target = "/api/v1/options/" + std::to_string(option) + "/seats";
  auto list = [&](const std::string& tag) {
    auto request = http_request("GET", target);
    return ask(tag.empty() ? request : request.with("If-None-Match", tag));
  };
  auto first = list("");
  must(200, first);
  const auto tag = first.header("ETag");
  BOOST_TEST(tag.starts_with("\""));
  auto unchanged = list(tag);
  BOOST_TEST(unchanged.status == 304u);
  BOOST_TEST(unchanged.body.empty());
  BOOST_TEST(unchanged.header("ETag") == tag);
  BOOST_TEST(list("\"other\", " + tag).status == 304u);
  BOOST_TEST(list("\"other\"").status == 200u);
  auto someone = admitted(concert);
  hold(someone, option, {1});
  auto changed = list(tag);
  BOOST_TEST(changed.status == 200u);
  BOOST_TEST(changed.header("ETag") != tag);
  BOOST_TEST(changed.document().at("version") > first.document().at("version"));
  auto filtered = ask(200, http_request("GET", target + "?status=AVAILABLE"));
  BOOST_TEST(filtered.at("seats").size() == 49u);
  BOOST_TEST(ask(200, http_request("GET", target + "?status=HELD")).at("seats").size() == 1u);
  expect_problem(ask(http_request("GET", target + "?status=FREE")), 400, "INVALID_REQUEST");
}

BOOST_AUTO_TEST_CASE(concerts_dates_and_seats_are_listed_as_they_were_opened) {
  auto concert = open_concert();
  const auto path = "/api/v1/concerts/" + std::to_string(concert);
  open_option(concert, {{"startsAt", "2031-05-01T18:30:00.000Z"},
                        {"sections", {{{"name", "Floor"}, {"tier", "VIP"}, {"price", 900}, {"rows", 2}, {"seatsPerRow", 3}},
                                      {{"name", "Balcony"}, {"tier", "R"}, {"price", 400}, {"rows", 1}, {"seatsPerRow", 4}}}}});
  auto later = open_option(concert, {{"startsAt", "2031-06-01T18:30:00.000Z"}});
  auto dates = ask(200, http_request("GET", path + "/dates")).at("dates");
  BOOST_TEST_REQUIRE(dates.size() == 2u);
  BOOST_TEST(dates[0].at("seatsTotal") == 10);
  BOOST_TEST(dates[0].at("seatsAvailable") == 10);
  BOOST_TEST(dates[0].at("minPrice") == 400);
  BOOST_TEST(dates[0].at("maxPrice") == 900);
  BOOST_TEST(dates[0].at("date") == "2031-05-01");
  BOOST_TEST(dates[0].at("startsAt") == "2031-05-01T18:30:00.000Z");
  BOOST_TEST(dates[1].at("optionId") == later);
  auto list = ask(200, http_request("GET", path + "/seats?date=2031-05-01"));
  BOOST_TEST_REQUIRE(list.at("seats").size() == 10u);
  auto last = list.at("seats").back();
  BOOST_TEST(last.at("seatId") == 10);
  BOOST_TEST(last.at("section") == "Balcony");
  BOOST_TEST(last.at("tier") == "R");
  BOOST_TEST(last.at("price") == 400);
  BOOST_TEST(last.at("status") == "AVAILABLE");
  expect_problem(ask(http_request("GET", path + "/seats?date=2031-05-02")), 404, "OPTION_NOT_FOUND");
  expect_problem(ask(http_request("GET", path + "/seats?date=2031-13-02")), 400, "INVALID_REQUEST");
  BOOST_TEST(ask(200, http_request("GET", path)).at("concertId") == concert);
  bool found = false;
  for (const auto& each : pages(person(), "/api/v1/concerts?limit=3", "concerts"))
    found = found || each.at("concertId") == concert;
  BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(lists_of_ones_own_come_newest_first_and_whole_over_many_pages) {
  auto concert = open_concert();
  auto someone = admitted(concert);
  ask(201, someone.charge(1'000'000));
  std::vector<std::string> reservations;
  std::vector<std::string> payments;
  for (int each = 0; each < 3; ++each) {
    auto option = open_option(concert, {{"maxSeatsPerUser", 10}});
    for (int seat = 1; seat <= 4; ++seat)
      reservations.push_back(hold(someone, option, {seat}));
  }
  for (const auto& reservation : reservations)
    payments.push_back(ask(201, someone.pay(reservation)).at("paymentId"));
  std::reverse(reservations.begin(), reservations.end());
  std::reverse(payments.begin(), payments.end());
  for (const auto* limit : {"1", "5", "12", "100"}) {
    std::vector<std::string> seen;
    for (const auto& each : pages(someone, std::string("/api/v1/reservations?limit=") + limit, "reservations"))
      seen.push_back(each.at("reservationId"));
    BOOST_TEST(seen == reservations, boost::test_tools::per_element());
    seen.clear();
    for (const auto& each : pages(someone, std::string("/api/v1/payments?limit=") + limit, "payments"))
      seen.push_back(each.at("paymentId"));
    BOOST_TEST(seen == payments, boost::test_tools::per_element());
    BOOST_TEST(pages(someone, std::string("/api/v1/balance/history?limit=") + limit, "entries").size() == 13u);
  }
}

BOOST_AUTO_TEST_CASE(the_contract_is_served_with_a_page_to_read_it) {
  auto document = ask(200, http_request("GET", "/openapi.json"));
  BOOST_TEST(document.at("openapi").get<std::string>().starts_with("3.1"));
  BOOST_TEST(document.at("paths").contains("/api/v1/reservations"));
  auto page = ask(http_request("GET", "/docs"));
  BOOST_TEST((page.status == 200 || page.status == 301 || page.status == 302 || page.status == 308), page.text());
}

BOOST_AUTO_TEST_SUITE_END()
