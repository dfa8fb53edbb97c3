// Time and order through a fault: holds end when they were said to, the waiting room keeps its order and its
// rate.
#include "cluster_case.hpp"
#include "journal_events.hpp"

#include <algorithm>
#include <functional>

using namespace frontrow::test;
using namespace std::chrono_literals;

namespace {

/// One after the other, through the fronts in turn, until one answers something other than 503.
struct patient_client {
  explicit patient_client(cluster_deployment& where) : house(where) {
    for (const auto port : house.front_ports())
      fronts.push_back(std::make_unique<http_client>(port));
  }
  http_answer ask(const http_request& request) {
    http_answer answer;
    house.wait_until([&] {
      answer = fronts[turn++ % fronts.size()]->ask(request);
      return answer.status != 0 && answer.status != 503;
    });
    return answer;
  }
  cluster_deployment& house;
  std::vector<std::unique_ptr<http_client>> fronts;
  std::size_t turn = 0;
};

/// The node that owns an actor's shard.
std::string owner_of(cluster_deployment& house, const std::string& kind, std::int64_t id) {
  const auto shard =
      house.admin_get("/admin/v1/actors/" + kind + "/" + std::to_string(id)).at("shard").get<int>();
  const auto owner = house.admin_get("/admin/v1/shards/" + std::to_string(shard)).at("owner");
  const auto now = house.status();
  for (const auto& node : now.at("nodes"))
    if (node.at("id") == owner)
      return node.at("name");
  return {};
}

struct holds_of_one_moment {
  std::int64_t count = 0;
  std::int64_t earliest = 0; ///< of their ends, against what was said, milliseconds
  std::int64_t latest = 0;
};

/// What became of the holds in these options, by the journal.
holds_of_one_moment lapsed_in(const cluster_deployment& house, std::int64_t first, std::int64_t last) {
  const auto rows = house.query(
      "select count(*) || ' ' || coalesce(min(ended.at - (began.data->>'until')::bigint), 0) || ' ' || "
      "coalesce(max(ended.at - (began.data->>'until')::bigint), 0) from journal began join journal ended "
      "using (kind, entity) where kind = 'seat_map' and began.type = 'seats_held' and ended.type = "
      "'hold_released' and "
      "(ended.data->>'reservation')::bigint = began.version and entity between " +
      std::to_string(first) + " and " + std::to_string(last));
  holds_of_one_moment seen;
  std::istringstream in(rows);
  in >> seen.count >> seen.earliest >> seen.latest;
  return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_promises)

BOOST_AUTO_TEST_CASE(a_hold_taken_before_a_fault_ends_at_its_time_after_it) {
  cluster_case the("holds through faults", with_two_writers);
  constexpr int options = 24;
  the.balanced();
  the.people.begin();
  patient_client client(the.house);
  const std::vector<std::pair<std::string, std::function<void(const std::string&)>>> faults{
      {"killed", [&](const auto& name) { the.house.kill(name); }},
      {"frozen", [&](const auto& name) { the.house.freeze(name); }},
      {"drained", [&](const auto& name) { the.house.drain(name); }}};
  for (const auto& [fault, harm] : faults) {
    const auto concert = the.house.open_concert(box_office::open_doors());
    std::vector<std::int64_t> ids;
    std::vector<person> crowd(options);
    for (auto& someone : crowd) {
      ids.push_back(the.house.open_option(concert, {{"seatCount", 10}, {"holdSeconds", 7}}));
      someone.queue_token = must(201, client.ask(someone.join(concert))).at("queueToken");
    }
    for (std::size_t at = 0; at < crowd.size(); ++at)
      must(201, client.ask(crowd[at].hold(ids[at], {1})));
    const auto victim =
        owner_of(the.house, "seat_map", ids[static_cast<std::size_t>(the.chance.between(0, options - 1))]);
    harm(victim);
    const bool all =
        the.house.wait_until([&] { return lapsed_in(the.house, ids.front(), ids.back()).count == options; });
    const auto seen = lapsed_in(the.house, ids.front(), ids.back());
    BOOST_TEST(all, seen.count << " of " << options << " holds have ended");
    the.say(victim + " " + fault + ": " + std::to_string(seen.count) + " holds ended " +
            std::to_string(seen.earliest) + " to " + std::to_string(seen.latest) + " ms after their time");
    BOOST_TEST(seen.earliest >= 0);
    // The takeover was over before: a second, and what two busy cores add.
    BOOST_TEST(seen.latest <= 2'000);
    for (std::size_t at = 0; at < crowd.size(); ++at) {
      const auto own = must(200, client.ask(crowd[at].get("/api/v1/reservations")));
      BOOST_TEST(own.at("reservations")[0].at("status") == "EXPIRED");
    }
    if (fault == "frozen") {
      the.house.thaw(victim);
      BOOST_TEST(the.house.wait_for_end(victim, 30s).value_or(0) != 0);
    } else if (fault == "drained") {
      BOOST_TEST(the.house.terminate(victim).value_or(-1) == 0);
    }
    the.house.add_node();
    the.balanced();
  }
  the.end();
}

BOOST_AUTO_TEST_CASE(the_waiting_room_keeps_its_order_and_its_rate_through_a_kill_a_freeze_and_a_drain) {
  cluster_case the("the waiting room through faults");
  the.balanced();
  the.people.begin();
  patient_client client(the.house);
  constexpr std::int64_t rate = 20;
  const auto concert = the.house.open_concert(
      {{"ratePerSecond", rate}, {"burst", 5}, {"maxActive", 100'000}, {"abandonSeconds", 0}});
  the.house.open_option(concert, {{"seatCount", 1'000}});
  std::vector<person> crowd;
  auto join = [&](int count) {
    for (int at = 0; at < count; ++at) {
      auto& someone = crowd.emplace_back();
      someone.queue_token = must(201, client.ask(someone.join(concert, "join"))).at("queueToken");
    }
  };
  auto admitted = [&] {
    return the.house.number(
        "select coalesce(sum((data->>'count')::bigint), 0) from journal where kind = 'queue' and "
        "type = 'places_admitted' and entity = " +
        std::to_string(concert));
  };
  auto wait_admitted = [&](std::int64_t more) {
    // On a slow machine all who wait may be in by now.
    const auto wanted = std::min<std::int64_t>(admitted() + more, std::ssize(crowd));
    BOOST_TEST_REQUIRE(the.house.wait_until([&] { return admitted() >= wanted; }), "admission stands still");
  };
  join(200);
  wait_admitted(20);
  const auto killed = owner_of(the.house, "queue", concert);
  the.house.kill(killed);
  join(50);
  wait_admitted(40);
  const auto frozen = owner_of(the.house, "queue", concert);
  BOOST_TEST(frozen != killed);
  the.house.freeze(frozen);
  join(20);
  wait_admitted(40);
  the.house.add_nodes(2);
  the.balanced();
  const auto drained = owner_of(the.house, "queue", concert);
  the.house.drain(drained);
  join(20);
  wait_admitted(20);
  the.house.thaw(frozen);
  BOOST_TEST(the.house.wait_for_end(frozen, 30s).value_or(0) != 0);
  BOOST_TEST(the.house.wait_until([&] { return admitted() == std::ssize(crowd); }), admitted()
                                                                                        << " are admitted");

  const auto record = examine_queue(
      journal_of([&](const std::string& target) { return the.house.admin_get(target); }, "queue", concert));
  for (const auto& complaint : record.complaints)
    BOOST_ERROR(complaint);
  std::vector<std::int64_t> users;
  for (const auto& someone : crowd)
    users.push_back(someone.user);
  BOOST_TEST((record.users_in_order == users), "the order of joining is not the order of the answers");
  BOOST_TEST((record.admitted_users == users), "the order of admission is not the order of joining");
  the.say(std::to_string(users.size()) + " people were admitted in " +
          std::to_string(record.last_admission_at - record.first_admission_at) + " ms at " +
          std::to_string(rate) + " a second");
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
