#include <csignal>
#include <future>
#include <set>
#include <thread>

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include "cluster/departure.hpp"
#include "cluster/link_actor.hpp"
#include "cluster/switchboard.hpp"
#include "deaf_listener.hpp"
#include "links_peer.hpp"

using namespace frontrow;
using namespace frontrow::cluster;
using namespace frontrow::cluster::testing;

namespace {

envelope letter_number(std::uint64_t number) {
  envelope letter;
  letter.from = {0, 1, number};
  letter.payload = caf::make_message(number);
  return letter;
}

/// Sends as soon as there is room.
bool send_patiently(links& all, node_number to, std::uint64_t number) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!all.send(to, letter_number(number))) {
    if (!all.is_up(to) || std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::yield();
  }
  return true;
}

void check_order(local_node& node, node_number peer) {
  constexpr std::size_t letters = 20'000;
  for (std::uint64_t number = 0; number < letters; ++number)
    BOOST_REQUIRE(send_patiently(node.all, peer, number));
  BOOST_REQUIRE(node.await([&] { return node.answers.size() == letters; }));
  for (std::uint64_t number = 0; number < letters; ++number)
    if (node.answered[number].correlation != number)
      BOOST_FAIL("answer " << number << " is " << node.answered[number].correlation);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_letter_arrives_whole_and_its_answer_comes_home) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  BOOST_TEST(node.all.is_up(1));

  envelope letter;
  letter.shard = 7;
  letter.epoch = 1'234'567'890'123;
  letter.to = {domain::entity_kind::queue, -5};
  letter.from = {99, 3, 0xfedcba9876543210};
  letter.command = {0x0123456789abcdef, 42};
  letter.trace = "trace";
  letter.payload = caf::make_message(std::string{"outer"}, caf::make_message(std::string{"inner"}, 4.5));
  BOOST_REQUIRE(node.all.send(1, letter));
  BOOST_REQUIRE(node.await([&] { return node.answers.size() == 1; }));
  const auto& whom = node.answered[0];
  BOOST_TEST(whom.node == 2); // whatever the letter said
  BOOST_TEST(whom.gateway == 3);
  BOOST_TEST(whom.correlation == 0xfedcba9876543210);
  const auto& answer = node.answers[0];
  BOOST_REQUIRE((answer.match_elements<std::uint8_t, std::int64_t, shard_id, epoch_number, std::uint64_t,
                                       std::uint64_t, std::string, caf::message>()));
  BOOST_TEST(answer.get_as<std::uint8_t>(0) == 3);
  BOOST_TEST(answer.get_as<std::int64_t>(1) == -5);
  BOOST_TEST(answer.get_as<shard_id>(2) == 7);
  BOOST_TEST(answer.get_as<epoch_number>(3) == 1'234'567'890'123);
  BOOST_TEST(answer.get_as<std::uint64_t>(4) == 0x0123456789abcdef);
  BOOST_TEST(answer.get_as<std::uint64_t>(5) == 42);
  BOOST_TEST(answer.get_as<std::string>(6) == "trace");
  const auto& payload = answer.get_as<caf::message>(7);
  BOOST_REQUIRE((payload.match_elements<std::string, caf::message>()));
  const auto& inner = payload.get_as<caf::message>(1);
  BOOST_REQUIRE((inner.match_elements<std::string, double>()));
  BOOST_TEST(inner.get_as<std::string>(0) == "inner");
}

BOOST_AUTO_TEST_CASE(a_link_keeps_the_order_whoever_dialed) {
  {
    peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
    local_node node{{.number = 2}};
    peer.members({node.as_member()});
    node.all.members({peer.as_member()});
    BOOST_REQUIRE(node.await_up(1));
    check_order(node, 1);
  }
  peer_process peer{peer_process::settings{.number = 3, .incarnation = "a"}};
  local_node node{{.number = 2}};
  node.all.members({peer.as_member()});
  peer.members({node.as_member()});
  BOOST_REQUIRE(node.await_up(3));
  check_order(node, 3);
}

BOOST_AUTO_TEST_CASE(what_all_peers_bring_is_handed_over_on_one_thread) {
  peer_process first{peer_process::settings{.number = 1, .incarnation = "a"}};
  peer_process second{peer_process::settings{.number = 2, .incarnation = "b"}};
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::size_t answers = 0;
  local_node node{{.number = 3}};
  node.on_answer = [&](node_number) {
    std::lock_guard lock{mutex};
    threads.insert(std::this_thread::get_id());
    ++answers;
  };
  first.members({node.as_member()});
  second.members({node.as_member()});
  node.all.members({first.as_member(), second.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  BOOST_REQUIRE(node.await_up(2));
  constexpr std::size_t letters = 2'000; // to each
  for (std::uint64_t number = 0; number < letters; ++number)
    BOOST_REQUIRE(send_patiently(node.all, 1, number) && send_patiently(node.all, 2, number));
  const auto until = std::chrono::steady_clock::now() + deadline;
  const auto all_came = [&] {
    std::lock_guard lock{mutex};
    return answers == 2 * letters;
  };
  while (!all_came() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(all_came());
  std::lock_guard lock{mutex};
  BOOST_TEST(threads.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_is_woken_when_the_departure_ends) {
  local_node node{{.number = 1}};
  caf::scoped_actor link{node.system};
  {
    departure together;
    BOOST_TEST((departure::of_this_thread() == &together));
    together.wake_at_end(caf::actor_cast<caf::actor>(link));
    BOOST_TEST(!link->has_next_message());
  }
  BOOST_TEST((departure::of_this_thread() == nullptr));
  BOOST_REQUIRE(link->has_next_message());
  link->receive([](wake) {});
}

BOOST_AUTO_TEST_CASE(what_departs_together_waits_for_the_last) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  constexpr std::size_t room = 3;
  local_node node{{.number = 2, .limits = {.queue_max = room, .beat = 100ms}}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  std::uint64_t sent = 0;
  const auto wait_for_the_last = [&] {
    constexpr int attempts = 10'000; // with each letter let go at once, a few hundred are enough
    const auto before = sent;
    departure together;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      sent += node.all.send(1, letter_number(sent)) ? 1 : 0;
      std::this_thread::yield();
    }
    return sent - before == room;
  };
  // A link that has just come up or was just answered looks once more by itself.
  auto waited = wait_for_the_last();
  for (int again = 0; again < 20 && !waited; ++again) {
    BOOST_REQUIRE(node.await([&] { return node.answers.size() == sent; }));
    waited = wait_for_the_last();
  }
  BOOST_TEST(waited);
  BOOST_REQUIRE(node.await([&] { return node.answers.size() == sent; }));
  for (std::uint64_t number = 0; number < sent; ++number)
    BOOST_TEST(node.answered[number].correlation == number);
}

BOOST_AUTO_TEST_CASE(news_arrive) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  node.all.tell(1, shard_at{5, 6});
  node.all.tell_all(prepared{7});
  node.all.tell_all(look{});
  BOOST_TEST(peer.says("told 2 shard_at 5 6"));
  BOOST_TEST(peer.line() == "told 2 prepared 7");
  BOOST_TEST(peer.line() == "told 2 look");
}

BOOST_AUTO_TEST_CASE(whoever_does_not_belong_is_refused_and_never_up) {
  local_node node{{.number = 2}};
  node.all.members({member_of(5, "five", "127.0.0.1:1"), member_of(1, "one", "127.0.0.1:1")});
  struct {
    peer_process::stranger who;
    std::string heard;
  } const table[] = {
      {{.protocol = 1, .number = 5, .incarnation = "five", .to = 2, .to_incarnation = "here"},
       "refused protocol 1, here it is " + std::to_string(frontrow::cluster::protocol_version)},
      {{.cluster = "other", .number = 5, .incarnation = "five", .to = 2, .to_incarnation = "here"},
       "refused cluster \"other\", this is \"test\""},
      {{.number = 5, .incarnation = "another life", .to = 2, .to_incarnation = "here"}, "refused not a member (yet)"},
      {{.number = 6, .incarnation = "five", .to = 2, .to_incarnation = "here"}, "refused not a member (yet)"},
      {{.number = 5, .incarnation = "five", .to = 1, .to_incarnation = "here"}, "refused this is node 2, not node 1"},
      {{.number = 5, .incarnation = "five", .to = 2, .to_incarnation = "gone"}, "refused this is node 2, not node 2"},
      {{.number = 1, .incarnation = "one", .to = 2, .to_incarnation = "here"}, "refused the higher number dials"},
  };
  for (const auto& each : table) {
    auto who = each.who;
    who.port = node.port;
    peer_process stranger{who};
    const auto heard = stranger.line();
    BOOST_TEST(heard == each.heard);
    BOOST_TEST(await_log(each.heard.substr(sizeof "refused")));
  }
  BOOST_TEST(node.happened.empty());
}

BOOST_AUTO_TEST_CASE(a_node_of_another_cluster_is_dialed_in_vain_and_both_say_so) {
  peer_process other{peer_process::settings{.cluster = "other", .number = 1, .incarnation = "a"}};
  peer_process good{peer_process::settings{.number = 2, .incarnation = "b"}};
  local_node node{{.number = 3}};
  other.members({node.as_member()});
  good.members({node.as_member()});
  node.all.members({other.as_member(), good.as_member()});
  BOOST_TEST(node.await_up(2));
  BOOST_TEST(await_log("cluster \"test\", this is \"other\""));
  BOOST_TEST(node.ups(1) == 0);
  BOOST_TEST(!node.all.send(1, letter_number(1)));
}

BOOST_AUTO_TEST_CASE(a_peer_that_learns_of_us_later_is_linked_then) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 4}};
  node.all.members({peer.as_member()});
  BOOST_TEST(await_log("not a member (yet)"));
  peer.members({node.as_member()});
  BOOST_TEST(node.await_up(1));
}

BOOST_AUTO_TEST_CASE(a_second_hello_ends_the_first_link) {
  local_node node{{.number = 2}};
  node.all.members({member_of(5, "five", "127.0.0.1:1")});
  const peer_process::stranger who{
      .port = node.port, .number = 5, .incarnation = "five", .to = 2, .to_incarnation = "here"};
  peer_process first{who};
  BOOST_TEST(first.says("welcome"));
  peer_process second{who};
  BOOST_TEST(second.says("welcome"));
  BOOST_REQUIRE(node.await_up(5, 2));
  const std::vector<std::string> expected{"up 5", "down 5", "up 5"};
  BOOST_TEST(node.happened == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_killed_peer_is_down_and_takes_no_more_letters) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2, .limits = {.timeout = 3'600s}}}; // only the other end's death can tell
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  peer.kill();
  BOOST_TEST(node.await_down(1));
  BOOST_TEST(!node.all.send(1, letter_number(1)));
  BOOST_TEST(!node.all.answer(1, {}, {}));
  BOOST_TEST(!node.all.is_up(1));
}

BOOST_AUTO_TEST_CASE(a_letter_that_the_peer_cannot_read_costs_the_link_and_no_more) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  auto letter = letter_number(1);
  letter.payload = caf::make_message(known_here_only{});
  BOOST_REQUIRE(node.all.send(1, letter));
  while (node.downs(1) == 0 && node.all.send(1, letter_number(2))) // CAF says nothing: a later parcel shows the gap
    std::this_thread::yield();
  BOOST_TEST(node.await_down(1));
  BOOST_TEST(node.await_up(1, 2));
  BOOST_TEST(send_patiently(node.all, 1, 3));
}

BOOST_AUTO_TEST_CASE(more_parcels_than_the_window_arrive_although_nothing_goes_back) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2, .limits = {.parcel_max = 1, .window = 2, .beat = 1h, .timeout = 3h}}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  // The peer's signs of life acknowledge as well, but two parcels each: with them alone this takes two minutes.
  constexpr shard_id parcels = 1'000;
  const auto until = std::chrono::steady_clock::now() + deadline;
  for (shard_id shard = 0; shard < parcels; ++shard)
    node.all.tell(1, prepared{shard});
  for (shard_id shard = 0; shard < parcels; ++shard)
    BOOST_TEST_REQUIRE(peer.says("told 2 prepared " + std::to_string(shard)));
  BOOST_TEST((std::chrono::steady_clock::now() < until));
  BOOST_TEST(node.downs(1) == 0);
}

BOOST_AUTO_TEST_CASE(a_member_that_is_gone_loses_its_link) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  node.all.members({});
  BOOST_TEST(node.await_down(1));
  BOOST_TEST(peer.says("down 2"));
}

BOOST_AUTO_TEST_CASE(a_frozen_peer_is_dropped_although_nothing_is_under_way) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  local_node node{{.number = 2, .connection_timeout = 1h}};
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  peer.freeze();
  BOOST_TEST(node.await_down(1));
}

BOOST_AUTO_TEST_CASE(a_frozen_peer_costs_bounded_memory_is_dropped_and_linked_again_when_it_thaws) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  const link_limits limits{.queue_max = 1'000, .parcel_max = 100, .window = 4};
  local_node node{{.number = 2, .limits = limits, .connection_timeout = 1h}}; // so that ours alone tells
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  peer.freeze();
  std::size_t taken = 0;
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (node.downs(1) == 0 && std::chrono::steady_clock::now() < until)
    taken += node.all.send(1, letter_number(taken)) ? 1 : 0;
  BOOST_TEST(node.await_down(1));
  BOOST_TEST(taken >= limits.queue_max);
  BOOST_TEST(taken <= limits.queue_max + (limits.window + 1) * limits.parcel_max);
  BOOST_TEST(!node.all.send(1, letter_number(1)));
  const auto before = node.answers.size();
  peer.signal(SIGCONT);
  BOOST_TEST(peer.says("down 2"));
  BOOST_TEST(peer.says("up 2"));
  BOOST_TEST(node.await_up(1, 2));
  BOOST_REQUIRE(send_patiently(node.all, 1, 4'711));
  BOOST_REQUIRE(node.await([&] { return node.answers.size() > before; }));
  BOOST_TEST(node.answered[before].correlation == 4'711u); // nothing from before the freeze
}

BOOST_AUTO_TEST_CASE(a_peer_that_comes_back_is_linked_again) {
  local_node node{{.number = 5}};
  std::uint16_t port = 0;
  {
    peer_process first{peer_process::settings{.number = 1, .incarnation = "a"}};
    port = first.port();
    first.members({node.as_member()});
    node.all.members({first.as_member()});
    BOOST_REQUIRE(node.await_up(1));
    first.kill();
    BOOST_REQUIRE(node.await_down(1));
  }
  peer_process second{peer_process::settings{.number = 2, .incarnation = "b", .port = port}};
  second.members({node.as_member()});
  node.all.members({second.as_member()});
  BOOST_TEST(node.await_up(2));
  peer_process third{peer_process::settings{.number = 6, .incarnation = "c"}};
  third.members({second.as_member(), node.as_member()});
  node.all.members({second.as_member(), third.as_member()});
  second.members({third.as_member(), node.as_member()});
  BOOST_TEST(node.await_up(6));
  BOOST_TEST(third.says("up 2"));
}

BOOST_AUTO_TEST_CASE(addresses_that_answer_nothing_hold_up_nobody_else) {
  deaf_listener deaf;
  black_hole hole;
  peer_process peer{peer_process::settings{.number = 3, .incarnation = "c"}};
  local_node node{{.number = 4}};
  peer.members({node.as_member()});
  const auto hopeless = {member_of(1, "a", hole.where), member_of(2, "b", deaf.where)};
  node.all.members(hopeless);
  BOOST_REQUIRE(deaf.await_caller()); // the probe
  BOOST_REQUIRE(deaf.await_caller()); // CAF, which waits for a word now
  std::vector<member> all{hopeless};
  all.push_back(peer.as_member());
  node.all.members(all);
  BOOST_TEST(node.await_up(3));
  BOOST_TEST(node.ups(1) + node.ups(2) == 0);
}

BOOST_AUTO_TEST_CASE(close_ends_all_links_although_a_peer_is_frozen) {
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a"}};
  peer_process frozen{peer_process::settings{.number = 2, .incarnation = "b"}};
  local_node node{{.number = 3, .limits = {.timeout = 3'600s}}};
  peer.members({node.as_member()});
  frozen.members({node.as_member()});
  node.all.members({peer.as_member(), frozen.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  BOOST_REQUIRE(node.await_up(2));
  frozen.freeze();
  for (std::uint64_t number = 0; node.all.send(2, letter_number(number)); ++number)
    continue;
  auto closed = std::async(std::launch::async, [&] { node.all.close(); });
  const auto state = closed.wait_for(deadline);
  BOOST_TEST(node.downs(1) == 1);
  BOOST_TEST(node.downs(2) == 1);
  BOOST_TEST(peer.says("down 3"));
  frozen.kill(); // else ~actor_system may wait for it
  BOOST_TEST((state == std::future_status::ready));
  BOOST_TEST(!node.all.send(1, letter_number(1)));
  node.all.close();
}

BOOST_AUTO_TEST_CASE(a_link_that_has_ended_leaves_memory) {
  node_config config;
  caf::actor_system system{config};
  const link_events nobodys_news{[](envelope) {}, [](const return_address&, const caf::message&) {},
                                 [](node_number, const news&) {}, [](node_number) {}, [](node_number) {}};
  const auto board = std::make_shared<switchboard>(system, link_identity{"test", 2, "here"}, link_limits{},
                                                   link_security::plain, nobodys_news);
  std::uint16_t closed = 0;
  {
    deaf_listener gone;
    closed = ntohs(gone.address.sin_port);
  }
  auto attempt = board->begin(1, "a");
  const caf::actor_addr it{attempt->actor.address()}; // does not keep it
  caf::anon_send(attempt->actor, begin_dialing{"127.0.0.1", closed});
  attempt.reset();
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (caf::actor_cast<caf::actor>(it) && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(10ms);
  BOOST_TEST(!caf::actor_cast<caf::actor>(it));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told) {
  local_node node{{.number = 1}};
  BOOST_REQUIRE(node.port != 0);
  links second{node.system, {"test", 9, "there"}, {}, link_security::plain, {}};
  BOOST_TEST(!second.open("127.0.0.1", node.port).has_value());
}

BOOST_AUTO_TEST_CASE(a_probe_tells_open_from_closed_from_unknown) {
  deaf_listener open;
  BOOST_TEST((probe(open.where, 1s) == probe_result::accepted));
  std::string closed;
  {
    deaf_listener gone;
    closed = gone.where;
  }
  BOOST_TEST((probe(closed, 1s) == probe_result::refused));
  BOOST_TEST((probe("localhost:" + closed.substr(closed.find(':') + 1), 1s) == probe_result::refused));
  for (const char* address : {"", "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", ":1",
                              "127.0.0.1:1x", "no such host:1"})
    BOOST_TEST((probe(address, 1s) == probe_result::unknown), address);
  black_hole hole;
  BOOST_TEST((probe(hole.where, 100ms) == probe_result::unknown));
}
