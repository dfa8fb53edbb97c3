// Starting, stopping, and being told in one line why not.
#include "access_token.hpp"
#include "box_office.hpp"

#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(lifecycle)

namespace {

struct own_office : box_office {
  own_office() : box_office(node_settings{}) {}
};

/// Ends with a code other than 0 and says why in one line, which stands last; above it there may be lines of the log,
/// which begin with the time.
void expect_one_clear_line(const finished_process& done, const std::string& word) {
  BOOST_TEST(done.exit_code != 0);
  BOOST_TEST(done.exit_code < 128, "killed by a signal, or not ended: " << done.exit_code);
  std::istringstream errors(done.errors);
  std::vector<std::string> said;
  for (std::string line; std::getline(errors, line);)
    if (!line.starts_with("20"))
      said.push_back(line);
  BOOST_TEST_REQUIRE(said.size() == 1u, "standard error: " << done.errors);
  BOOST_TEST(said[0].starts_with("frontrow: "), said[0]);
  BOOST_TEST(said[0].find(word) != std::string::npos, "\"" << word << "\" is not in: " << said[0]);
  BOOST_TEST(done.output.find("ready") == std::string::npos);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_second_start_finds_everything_as_it_was, own_office) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto crowd = admitted(2, concert);
  ask(201, crowd[0].charge(3'000, "k"));
  auto sold = hold(crowd[0], option, {1, 2});
  auto payment = ask(201, crowd[0].pay(sold));
  auto held = hold(crowd[1], option, {3});
  change_queue(concert, {{"paused", true}});
  auto waiting = person();
  waiting.queue_token = ask(201, waiting.join(concert)).at("queueToken");
  auto list = ask(http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats"));

  BOOST_TEST(house().stop() == 0);
  house().start();
  auto list_again = ask(http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats"));
  BOOST_TEST(list_again.body == list.body);
  BOOST_TEST(balance(crowd[0]) == 1'000);
  BOOST_TEST(ask(201, crowd[0].charge(3'000, "k")).at("balance") == 3'000);
  BOOST_TEST(balance(crowd[0]) == 1'000);
  BOOST_TEST(reservation_status(crowd[0], sold) == "CONFIRMED");
  BOOST_TEST(reservation_status(crowd[1], held) == "HELD");
  BOOST_TEST(ask(200, crowd[0].payment(payment.at("paymentId"))).at("status") == "COMPLETED");
  BOOST_TEST(ask(200, crowd[1].poll()).at("status") == "ACTIVE");
  auto place = ask(200, waiting.poll());
  BOOST_TEST(place.at("status") == "WAITING");
  BOOST_TEST(place.at("position") == 1);
  hold(crowd[1], option, {4});
}

BOOST_FIXTURE_TEST_CASE(a_stop_finishes_what_is_under_way_and_then_refuses, own_office) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"seatCount", 200}});
  auto crowd = admitted(200, concert);
  charge(crowd, 1'000);
  auto reservations = hold_one_each(crowd, option);
  std::vector<http_request> payments;
  for (std::size_t at = 0; at < crowd.size(); ++at)
    payments.push_back(crowd[at].pay(reservations[at]));
  // All are under way when the signal comes.
  std::vector<http_answer> answers(payments.size());
  std::vector<asio::awaitable<void>> tasks;
  auto pay_one = [](http_client& client, http_request request, http_answer& into) -> asio::awaitable<void> {
    into = co_await client.send(std::move(request));
  };
  for (std::size_t at = 0; at < payments.size(); ++at)
    tasks.push_back(pay_one(http(), payments[at], answers[at]));
  auto stop_soon = [](http_client& client, deployment& node) -> asio::awaitable<void> {
    co_await client.pause(std::chrono::milliseconds{5});
    node.program().signal(SIGTERM);
  };
  tasks.push_back(stop_soon(http(), house()));
  http().run(std::move(tasks));
  http().forget_connections();
  BOOST_TEST(house().program().wait_for_end(deployment::stop_deadline).value_or(-1) == 0);
  BOOST_TEST(http().ask(person().balance()).status == 0u);
  house().start();
  int answered = 0;
  for (std::size_t at = 0; at < crowd.size(); ++at) {
    const auto status = reservation_status(crowd[at], reservations[at]);
    if (answers[at].status == 201) {
      ++answered;
      BOOST_TEST(status == "CONFIRMED");
    } else {
      BOOST_TEST((answers[at].status == 0 || answers[at].status == 503), answers[at].text());
      BOOST_TEST((status == "HELD" || status == "CONFIRMED"), status);
    }
  }
  BOOST_TEST_MESSAGE(answered << " of 200 payments were answered before the end");
}

BOOST_FIXTURE_TEST_CASE(a_port_that_is_taken_is_named_in_one_line, own_office) {
  auto again = house().command({});
  expect_one_clear_line(run_to_end(again), std::to_string(house().http_port()));
  again.environment["FRONTROW_HTTP_PORT"] = "0";
  expect_one_clear_line(run_to_end(again), std::to_string(house().admin_port()));
  BOOST_TEST(ask(200, person().balance()).at("balance") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_node_of_another_cluster_is_refused_in_one_line, own_office) {
  auto stranger = house().command({"--cluster.name=another"});
  stranger.environment["FRONTROW_HTTP_PORT"] = "0";
  stranger.environment["FRONTROW_ADMIN_PORT"] = "0";
  expect_one_clear_line(run_to_end(stranger), "cluster 'frontrow'");
  // The one that is there goes on as if nothing had been.
  person someone;
  BOOST_TEST(ask(201, someone.charge(10)).at("balance") == 10);
}

BOOST_FIXTURE_TEST_CASE(wrong_settings_are_named_in_one_line, own_office) {
  auto with = [&](std::vector<std::string> options) { return run_to_end(house().command(std::move(options))); };
  expect_one_clear_line(with({"--http.prot=1"}), "http.prot");
  expect_one_clear_line(with({"--http.port=70000"}), "http.port");
  const auto file = (house().data_dir() / "frontrow.conf").string();
  std::ofstream(file) << "http {\n  thread = 2\n}\n";
  expect_one_clear_line(with({"--config-file=" + file}), "thread");
  auto no_database = house().command({});
  no_database.environment["FRONTROW_DATABASE_URL"] = "host=127.0.0.1 port=1 user=nobody dbname=none connect_timeout=2";
  no_database.environment["FRONTROW_HTTP_PORT"] = "0";
  no_database.environment["FRONTROW_ADMIN_PORT"] = "0";
  expect_one_clear_line(run_to_end(no_database), "database");
}

BOOST_FIXTURE_TEST_CASE(a_database_without_its_tables_is_refused_in_one_line, own_office) {
  auto empty = house().command({});
  empty.environment["FRONTROW_DATABASE_URL"] = postgres_server::of_this_program().create_database();
  empty.environment["FRONTROW_HTTP_PORT"] = "0";
  empty.environment["FRONTROW_ADMIN_PORT"] = "0";
  expect_one_clear_line(run_to_end(empty), "migrate");
}

BOOST_FIXTURE_TEST_CASE(any_free_port_is_named_in_the_line_that_says_ready, own_office) {
  auto other = house().command({});
  other.environment["FRONTROW_HTTP_PORT"] = "0";
  other.environment["FRONTROW_ADMIN_PORT"] = "0";
  other.environment["FRONTROW_DATABASE_URL"] = postgres_server::of_this_program().create_database();
  auto migrate = other;
  migrate.words.push_back("migrate");
  BOOST_TEST_REQUIRE(run_to_end(migrate).exit_code == 0);
  child_process running(other, house().data_dir() / "other.log");
  auto ready = running.wait_for_line("ready ", deployment::ready_deadline);
  BOOST_TEST_REQUIRE(ready.has_value());
  unsigned port = 0;
  unsigned admin = 0;
  BOOST_TEST(std::sscanf(ready->c_str(), "ready http://127.0.0.1:%u admin http://127.0.0.1:%u", &port, &admin) == 2);
  http_client client(static_cast<std::uint16_t>(port));
  must(200, client.ask(http_request("GET", "/api/v1/concerts")));
  client.forget_connections();
  running.signal(SIGTERM);
  BOOST_TEST(running.wait_for_end(deployment::stop_deadline).value_or(-1) == 0);
}

BOOST_FIXTURE_TEST_CASE(the_first_start_makes_a_demo_concert_and_the_second_no_other, own_office) {
  auto demo = house().command({});
  for (const auto* name : {"FRONTROW_HTTP_PORT", "FRONTROW_ADMIN_PORT"})
    demo.environment[name] = "0";
  demo.environment["FRONTROW_DEMO"] = "1";
  demo.environment["FRONTROW_DATABASE_URL"] = postgres_server::of_this_program().create_database();
  auto migrate = demo;
  migrate.words.push_back("migrate");
  BOOST_TEST_REQUIRE(run_to_end(migrate).exit_code == 0);
  for (int life = 0; life < 2; ++life) {
    child_process running(demo, house().data_dir() / "demo.log");
    auto ready = running.wait_for_line("ready ", deployment::ready_deadline);
    BOOST_TEST_REQUIRE(ready.has_value());
    unsigned port = 0;
    std::sscanf(ready->c_str(), "ready http://127.0.0.1:%u", &port);
    http_client client(static_cast<std::uint16_t>(port));
    auto concerts = must(200, client.ask(http_request("GET", "/api/v1/concerts"))).at("concerts");
    BOOST_TEST_REQUIRE(concerts.size() == 1u);
    int seats = 0;
    for (const auto& date : concerts[0].at("dates"))
      seats += date.at("seatsTotal").get<int>();
    BOOST_TEST(concerts[0].at("dates").size() == 2u);
    BOOST_TEST(seats >= 1'000);
    client.forget_connections();
    running.signal(SIGTERM);
    BOOST_TEST(running.wait_for_end(deployment::stop_deadline).value_or(-1) == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(secrets_are_for_their_owner_alone_and_the_token_command_issues_what_the_server_takes, own_office) {
  struct stat seen {};
  BOOST_TEST_REQUIRE(::stat((house().data_dir() / "admin-token").c_str(), &seen) == 0);
  BOOST_TEST((seen.st_mode & 0777u) == 0600u);
  auto issued = run_to_end(house().command({"token", "--user", "42"}));
  BOOST_TEST_REQUIRE(issued.exit_code == 0);
  person someone(42);
  someone.access_token = issued.output.substr(0, issued.output.find('\n'));
  BOOST_TEST(ask(200, someone.balance()).at("userId") == 42);
  // Neither the log nor what it prints holds a secret.
  std::string log = house().error_log(100'000) + house().program().output();
  BOOST_TEST(log.find(jwt_secret) == std::string::npos);
  BOOST_TEST(log.find(someone.access_token) == std::string::npos);
}

namespace {

struct limited_office : box_office {
  limited_office()
      : box_office(node_settings{{"--rate-limits.user-per-second=5", "--rate-limits.user-burst=10"},
                                 {{"FRONTROW_RATE_LIMITS", "1"}}}) {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_person_who_asks_too_often_is_told_when_to_come_back_and_others_are_not, limited_office) {
  person hasty;
  person calm;
  auto answers = http().ask_all(std::vector<http_request>(60, hasty.balance()));
  int refused = 0;
  for (const auto& answer : answers)
    if (answer.status == 429) {
      ++refused;
      expect_problem(answer, 429, "RATE_LIMITED");
      BOOST_TEST(std::stoi(answer.header("Retry-After")) >= 1);
    }
  BOOST_TEST(refused > 20);
  BOOST_TEST(refused <= 50);
  ask(200, calm.balance());
  ask_until([&] { return hasty.balance(); }, [](const json& answer) { return answer.contains("balance"); });
}

BOOST_AUTO_TEST_SUITE_END()
