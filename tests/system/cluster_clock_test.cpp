// One node's clock is an hour ahead, another's an hour behind: time is the database's.
#include "cluster_case.hpp"

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(cluster_clocks)

BOOST_AUTO_TEST_CASE(clocks_an_hour_off_on_two_nodes_move_no_deadline) {
  cluster_case the("clocks an hour off", {.nodes = 1});
  auto shifted_by = [](const std::string& seconds) {
    return process_terms{
        .environment = {{"LD_PRELOAD", FRONTROW_SHIFTED_CLOCK}, {"FRONTROW_TEST_CLOCK_SECONDS", seconds}}};
  };
  // The halls were opened a moment before.
  const auto began = the.house.database_now() - 60'000;
  const auto ahead = the.house.add_node(shifted_by("3600"));
  const auto behind = the.house.add_node(shifted_by("-3600"));
  the.balanced();
  the.people.begin();
  the.selling();
  // The only shard node whose clock is right goes.
  BOOST_TEST(the.house.terminate("node-1").value_or(-1) == 0);
  the.balanced();
  the.selling();
  // Its log bears witness that the clock is off at all.
  BOOST_TEST(the.house.error_log(ahead).substr(0, 16) > the.house.error_log(behind).substr(0, 16));

  const auto concert = the.house.open_concert(box_office::open_doors());
  http_client client(the.house.port_of_front(1));
  std::vector<std::int64_t> options;
  for (int at = 0; at < 16; ++at) {
    options.push_back(the.house.open_option(concert, {{"seatCount", 4}, {"holdSeconds", 2}}));
    person someone;
    someone.queue_token = must(201, client.ask(someone.join(concert))).at("queueToken");
    must(201, client.ask(someone.hold(options.back(), {1})));
  }
  const auto late =
      "select coalesce(max(ended.at - (began.data->>'until')::bigint), -1) || ' ' || "
      "coalesce(min(ended.at - (began.data->>'until')::bigint), -1) || ' ' || count(*) from journal began "
      "join journal ended using (kind, entity) where kind = 'seat_map' and began.type = 'seats_held' and "
      "ended.type = 'hold_released' and (ended.data->>'reservation')::bigint = began.version and entity "
      "between " +
      std::to_string(options.front()) + " and " + std::to_string(options.back());
  BOOST_TEST(the.house.wait_until([&] { return the.house.query(late).ends_with(" 16"); }),
             the.house.query(late));
  std::istringstream figures(the.house.query(late));
  std::int64_t most = 0, least = 0;
  figures >> most >> least;
  BOOST_TEST(least >= 0);
  BOOST_TEST(most <= 2'000);
  the.say("holds ended " + std::to_string(least) + " to " + std::to_string(most) + " ms after their time");
  // A frozen node is noticed, a killed one too, whatever the clocks say.
  the.house.kill(ahead);
  the.balanced();
  the.selling();
  the.house.add_node();
  the.balanced();
  const auto strange = the.house.query(
      "select kind, entity, version, epoch, at, type, trace_id from journal where at < " +
      std::to_string(began) + " or at > extract(epoch from clock_timestamp()) * 1000 + 1000 limit 20");
  BOOST_TEST(strange.empty(), "written at a time that was not, since " << began << ":\n" << strange);
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
