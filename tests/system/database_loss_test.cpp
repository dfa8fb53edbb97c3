// PostgreSQL goes away under load and comes back: in between there is delay and 503, afterwards all is as it should be.
#include "box_office.hpp"
#include "sale_under_load.hpp"

#include <functional>

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(database_loss)

namespace {

struct own_office : box_office {
  own_office() : box_office(node_settings{}) {}

  /// Does `harm` each time that so many more answers were given, so many times.
  void sell_while(const std::string& name, std::int64_t every_answers, int times, const std::function<void()>& harm) {
    seeded_chance chance(name);
    sale_under_load sale(*this, chance);
    sale.people.begin();
    int done = 0;
    for (std::int64_t next = every_answers; done < times && sale.people.wait_for_answers(next); ++done) {
      harm();
      next += every_answers;
    }
    sale.people.wait_for_all();
    BOOST_TEST(done == times);
    // The node itself was there all the time.
    BOOST_TEST(sale.people.seen().lost == 0);
    BOOST_TEST_MESSAGE(name << ": " << sale.people.seen().unavailable << " answers were 503");
    sale.check(*this);
  }

  postgres_server& database = postgres_server::of_this_program();
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_postmaster_killed_under_load_costs_nothing_but_time, own_office) {
  sell_while("PostgreSQL killed", 400, 3, [&] {
    database.kill();
    database.start();
  });
}

BOOST_FIXTURE_TEST_CASE(a_database_restarted_under_load_costs_nothing_but_time, own_office) {
  sell_while("PostgreSQL restarted", 400, 3, [&] {
    database.stop();
    database.start();
  });
}

BOOST_FIXTURE_TEST_CASE(sessions_ended_under_load_again_and_again_cost_nothing_but_time, own_office) {
  int ended = 0;
  // Each time there must be some to end: the node has come back from the time before.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{90};
  sell_while("sessions ended", 60, 20, [&] {
    int now = 0;
    while (now == 0 && std::chrono::steady_clock::now() < until)
      now = database.terminate_backends(house().database_url());
    BOOST_TEST(now > 0);
    ended += now;
  });
  BOOST_TEST_MESSAGE(ended << " sessions were ended");
}

BOOST_FIXTURE_TEST_CASE(while_the_database_is_away_commands_get_503_and_public_reads_go_on, own_office) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(5'000));
  auto reservation = hold(someone, option, {1});
  database.stop();
  // The first may have been accepted before the loss was noticed; it is answered 503 in any case.
  expect_problem(ask(someone.charge(1, "once")), 503, "UNAVAILABLE");
  expect_problem(ask(someone.charge(1, "once")), 503, "UNAVAILABLE");
  expect_problem(ask(someone.hold(option, {2}, "hold")), 503, "UNAVAILABLE");
  expect_problem(ask(someone.pay(reservation, "pay")), 503, "UNAVAILABLE");
  expect_problem(ask(person().join(concert)), 503, "UNAVAILABLE");
  BOOST_TEST(ask(200, http_request("GET", "/api/v1/concerts/" + std::to_string(concert))).at("concertId") == concert);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 49}, {"HELD", 1}}));
  must(200, house().admin_http().ask(http_request("GET", "/healthz")));
  BOOST_TEST(house().admin_http().ask(http_request("GET", "/readyz")).status == 503u);
  database.start();
  ask_until([&] { return someone.charge(1, "once"); }, [](const json& answer) { return answer.contains("chargeId"); },
            std::chrono::seconds{60});
  BOOST_TEST(balance(someone) == 5'001);
  ask_until([&] { return someone.pay(reservation, "pay"); },
            [](const json& answer) { return answer.value("status", json()) == "COMPLETED"; });
  BOOST_TEST(balance(someone) == 4'001);
  // Ready again with the next renewal of the lease.
  auto& admin = house().admin_http();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (admin.ask(http_request("GET", "/readyz")).status != 200 && std::chrono::steady_clock::now() < until)
    admin.run(admin.pause(std::chrono::milliseconds{50}));
  must(200, admin.ask(http_request("GET", "/readyz")));
}

BOOST_AUTO_TEST_SUITE_END()
