// The operators' listener: what it shows and who may look.
#include "box_office.hpp"
#include "journal_events.hpp"

#include <optional>
#include <set>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(operators, box_office)

BOOST_AUTO_TEST_CASE(everything_but_health_needs_the_admin_token) {
  for (const auto* target : {"/metrics", "/admin/v1/cluster", "/admin/v1/shards", "/admin/v1/actors", "/admin/v1/audit"}) {
    auto naked = house().admin_http().ask(http_request("GET", target));
    expect_problem(naked, 401, "UNAUTHORIZED");
    auto wrong = house().admin_http().ask(http_request("GET", target).with("Authorization", "Bearer " + std::string(64, '0')));
    expect_problem(wrong, 401, "UNAUTHORIZED");
    // A buyer's token opens no office door.
    auto buyer = house().admin_http().ask(person().get(target));
    expect_problem(buyer, 401, "UNAUTHORIZED");
  }
  must(200, house().admin_http().ask(http_request("GET", "/healthz")));
  must(200, house().admin_http().ask(http_request("GET", "/readyz")));
  expect_problem(ask(http_request("GET", "/admin/v1/cluster")), 404, "NOT_FOUND");
  expect_problem(house().admin_http().ask(house().admin_request("GET", "/admin/v1/nothing")), 404, "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(an_actor_shows_its_state_its_past_states_and_its_events) {
  person someone;
  for (std::int64_t amount : {100, 20, 3})
    ask(201, someone.charge(amount));
  const auto path = "/admin/v1/actors/account/" + std::to_string(someone.user);
  auto has_balance = [](const json& actor, std::int64_t balance) {
    return actor.dump().find("\"balance\":" + std::to_string(balance)) != std::string::npos;
  };
  auto now = house().admin_get(path);
  BOOST_TEST(has_balance(now, 123), now.dump());
  auto then = house().admin_get(path + "?version=2");
  BOOST_TEST(has_balance(then, 120), then.dump());
  BOOST_TEST(!has_balance(then, 123), then.dump());
  auto events = journal_of(house(), "account", someone.user);
  BOOST_TEST_REQUIRE(events.size() == 3u);
  for (std::size_t at = 0; at < 3; ++at) {
    BOOST_TEST(events[at].version == static_cast<std::int64_t>(at) + 1);
    BOOST_TEST(events[at].type == "charged");
  }
  BOOST_TEST(house().admin_get(path + "/events?limit=2").at("events").size() == 2u);
  auto unknown = house().admin_http().ask(house().admin_request("GET", "/admin/v1/actors/dragon/1"));
  BOOST_TEST((unknown.status == 404 || unknown.status == 400), unknown.text());
}

BOOST_AUTO_TEST_CASE(the_live_actors_are_listed_with_their_figures) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  hold(someone, option, {1});
  for (const auto* kind : {"seat_map", "queue"}) {
    bool found = false;
    std::string after;
    do {
      auto page = house().admin_get(std::string("/admin/v1/actors?limit=50&kind=") + kind + (after.empty() ? "" : "&after=" + after));
      for (const auto& actor : page.at("actors")) {
        BOOST_TEST(actor.at("kind") == kind);
        found = found || actor.at("id") == (std::string(kind) == "queue" ? concert : option);
        for (const auto* member : {"shard", "version", "commands", "refusals"})
          BOOST_TEST(actor.contains(member), member << " in " << actor.dump());
      }
      auto next = page.find("next");
      after = next == page.end() || next->is_null() ? "" : next->is_string() ? next->get<std::string>() : next->dump();
    } while (!after.empty());
    BOOST_TEST(found, kind);
  }
}

BOOST_AUTO_TEST_CASE(cluster_and_shards_name_this_node_as_the_owner_of_all) {
  auto cluster = house().admin_get("/admin/v1/cluster");
  BOOST_TEST(cluster.at("nodes").size() == 1u);
  auto shards = house().admin_get("/admin/v1/shards");
  BOOST_TEST(shards.at("shards").size() == 256u);
  auto one = house().admin_get("/admin/v1/shards/0");
  BOOST_TEST(one.contains("epoch"));
  auto none = house().admin_http().ask(house().admin_request("GET", "/admin/v1/shards/256"));
  BOOST_TEST(none.status == 404u);
}

BOOST_AUTO_TEST_CASE(who_joined_together_is_shown_without_a_secret_and_leads_to_what_each_did_besides) {
  std::vector<person> crowd(40);
  const auto trace_of = [](std::int64_t user) { return "crowd-" + std::to_string(user); };
  std::vector<http_request> charges;
  for (const auto& each : crowd)
    charges.push_back(each.charge(100).with("X-Trace-Id", trace_of(each.user)));
  for (const auto& answer : http().ask_all(charges))
    must(201, answer);
  std::int64_t concert = 0;
  std::optional<journal_event> together;
  for (int attempt = 0; !together && attempt < 20; ++attempt) { // a slow machine may read them one by one
    concert = open_concert();
    std::vector<http_request> joins;
    for (const auto& each : crowd)
      joins.push_back(each.join(concert).with("X-Trace-Id", trace_of(each.user)));
    for (const auto& answer : http().ask_all(joins))
      must(201, answer);
    for (const auto& event : journal_of(house(), "queue", concert))
      if (event.type == "places_taken_together")
        together = event;
  }
  BOOST_TEST_REQUIRE(together.has_value());
  const auto text = together->data.dump();
  BOOST_TEST(text.find("secret") == std::string::npos, text);
  const auto& takers = together->data.at("takers");
  BOOST_TEST_REQUIRE(takers.size() > 1u);
  const auto path = "/admin/v1/actors/queue/" + std::to_string(concert) + "/events/" + std::to_string(together->version);
  const auto relatives = house().admin_get(path + "/relatives");
  std::set<std::int64_t> charged;
  for (const auto& event : relatives.at("events"))
    if (event.at("kind") == "account" && event.at("type") == "charged")
      charged.insert(event.at("id").get<std::int64_t>());
  for (const auto& each : takers)
    BOOST_TEST(charged.contains(each.at("user").get<std::int64_t>()), each.dump());
}

/// Every node hears of a change from those who made it: nobody waits until a node looks at the tables by
/// itself.
BOOST_AUTO_TEST_CASE(an_option_is_told_as_open_once_it_is_on_show_however_many_there_are) {
  // Longer between two looks than the client waits for its answer.
  box_office elsewhere({.options = {"--cluster.renew-ms=240000", "--cluster.lease-ms=600000",
                                    "--cluster.catalog-spread-ms=240000"}});
  const auto concert = elsewhere.open_concert();
  const auto like = elsewhere.open_option(concert);
  // To read so many takes longer than to look at the tables.
  postgres_server::of_this_program().query(elsewhere.house().database_url(),
                                           "insert into option (concert_id, title, starts_at, "
                                           "duration_minutes, definition, created_at, opened) select "
                                           "concert_id, title, starts_at, duration_minutes, definition, "
                                           "created_at, opened from option, generate_series(1, 3000) "
                                           "where option_id = " +
                                               std::to_string(like));
  const auto option = elsewhere.open_option(concert);
  must(200, elsewhere.ask(http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats")));
}

BOOST_AUTO_TEST_CASE(metrics_name_the_families_that_operators_watch) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  hold(someone, option, {1});
  expect_problem(ask(someone.hold(option, {1})), 409, "SEAT_TAKEN");
  auto answer = house().admin_http().ask(house().admin_request("GET", "/metrics"));
  BOOST_TEST_REQUIRE(answer.status == 200u);
  BOOST_TEST(answer.header("Content-Type").starts_with("text/plain"));
  for (const auto* family :
       {"frontrow_http_requests_total{", "frontrow_http_request_seconds_bucket{", "frontrow_holds_total", "frontrow_sales_total",
        "frontrow_admissions_total", "frontrow_refusals_total{", "seat_taken", "frontrow_queue_waiting{",
        "frontrow_queue_active{", "frontrow_journal_batch_rows_bucket{", "frontrow_journal_commit_seconds_bucket{",
        "frontrow_command_seconds_bucket{", "frontrow_journal_pending_events", "frontrow_actors_live{"})
    BOOST_TEST(answer.body.find(family) != std::string::npos, family);
}

BOOST_AUTO_TEST_CASE(the_audit_over_http_gives_each_check_with_its_figure) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(1'000));
  ask(201, someone.pay(hold(someone, option, {1})));
  auto audit = house().admin_get("/admin/v1/audit");
  BOOST_TEST(audit.is_object());
  BOOST_TEST(audit.size() > 1u, audit.dump());
}

BOOST_AUTO_TEST_SUITE_END()
