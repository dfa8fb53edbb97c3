// Those who listen, while nodes die and shards move: the stream stays, and nothing is lost on it.
#include "cluster_case.hpp"
#include "person.hpp"
#include "stream_client.hpp"

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(cluster_live)

namespace {

/// People in one queue, each with a stream at one of the fronts.
struct listening_crowd {
  listening_crowd(cluster_deployment& house_, int count, const json& policy)
      : house(house_), concert(house.open_concert(policy)) {
    option = house.open_option(concert, {{"seatCount", 50},
                                         {"price", 1'000},
                                         {"title", "a hall"},
                                         {"startsAt", "2030-01-01T00:00:00.000Z"},
                                         {"durationMinutes", 60}});
    http_client http(house.port_of_front(0));
    change_queue({{"paused", true}});
    for (int each = 0; each < count; ++each) {
      person one;
      const auto place = http.ask(one.join(concert));
      BOOST_TEST_REQUIRE(place.status == 201u, place.text());
      one.queue_token = place.document().at("queueToken");
      streams.emplace_back(house.port_of_front(static_cast<std::size_t>(each) % 2),
                           one.get("/api/v1/queue/events"));
      BOOST_TEST_REQUIRE(streams.back().status() == 200u);
      people.push_back(std::move(one));
    }
  }

  void change_queue(const json& policy) {
    house.admin_patch("/admin/v1/concerts/" + std::to_string(concert) + "/queue", policy);
  }

  /// The name of the node that serves the queue.
  std::string owner() {
    const auto actors = house.admin_get("/admin/v1/actors?kind=queue&limit=1000").at("actors");
    for (const auto& actor : actors)
      for (const auto& name : house.living())
        if (actor.at("id") == concert && actor.at("node") == house.id_of(name))
          return name;
    BOOST_FAIL("nobody serves queue " << concert << ": " << actors.dump());
    return {};
  }

  /// Everyone hears of their admission, in the same words as a poll; places only ever move forward.
  void expect_all_admitted() {
    http_client http(house.port_of_front(0));
    for (std::size_t at = 0; at < people.size(); ++at) {
      std::int64_t position = 1'000'000;
      const auto last = streams[at].wait_for([&](const stream_client::event& event) {
        const auto now = event.data.at("position").get<std::int64_t>();
        BOOST_TEST(now <= position, "place " << at << " falls back from " << position << " to " << now);
        position = now;
        return event.data.at("status") != "WAITING";
      });
      BOOST_TEST_REQUIRE(last.has_value(), "the stream of place " << at << " ends without an admission");
      BOOST_TEST(last->data.at("status") == "ACTIVE");
      BOOST_TEST(last->data == http.ask(people[at].poll()).document());
    }
  }

  cluster_deployment& house;
  std::int64_t concert;
  std::int64_t option = 0;
  std::vector<person> people;
  std::vector<stream_client> streams;
};

json slow_doors() {
  return {{"ratePerSecond", 10}, {"burst", 1}, {"maxActive", 1'000}, {"abandonSeconds", 60}};
}

} // namespace

BOOST_AUTO_TEST_CASE(listeners_hear_of_their_admission_though_the_queues_node_is_killed) {
  cluster_deployment house;
  BOOST_TEST_REQUIRE(house.wait_balanced().has_value());
  listening_crowd crowd(house, 60, slow_doors());
  crowd.change_queue({{"paused", false}});
  const auto is_in = [](const stream_client::event& event) { return event.data.at("status") == "ACTIVE"; };
  BOOST_TEST(crowd.streams[9].wait_for(is_in).has_value());
  crowd.streams[9] = stream_client(house.port_of_front(1), crowd.people[9].get("/api/v1/queue/events"));
  house.kill(crowd.owner());
  crowd.expect_all_admitted();
  BOOST_TEST(!house.audit_complaint().has_value());
}

BOOST_AUTO_TEST_CASE(listeners_hear_of_their_admission_though_the_queue_moves) {
  cluster_deployment house;
  BOOST_TEST_REQUIRE(house.wait_balanced().has_value());
  listening_crowd crowd(house, 60, slow_doors());
  crowd.change_queue({{"paused", false}});
  const auto owner = crowd.owner();
  house.drain(owner);
  BOOST_TEST(house.wait_balanced({owner}).has_value());
  crowd.expect_all_admitted();
  BOOST_TEST(crowd.owner() != owner);
  BOOST_TEST(!house.audit_complaint().has_value());
}

BOOST_AUTO_TEST_CASE(who_listened_at_a_front_that_died_goes_on_at_another) {
  cluster_deployment house;
  BOOST_TEST_REQUIRE(house.wait_balanced().has_value());
  listening_crowd crowd(house, 10, slow_doors());
  const auto known = crowd.streams[1].next().value().id;
  house.kill(house.name_of_front(1));
  BOOST_TEST(crowd.streams[1].wait_for_end());
  for (std::size_t at = 1; at < crowd.people.size(); at += 2)
    crowd.streams[at] = stream_client(
        house.port_of_front(0), crowd.people[at].get("/api/v1/queue/events").with("Last-Event-ID", known));
  crowd.change_queue({{"paused", false}});
  crowd.expect_all_admitted();
}

BOOST_AUTO_TEST_SUITE_END()
