// Live endpoints: whoever listens knows what a poll would say, and is there.
#include "box_office.hpp"
#include "journal_events.hpp"
#include "stream_client.hpp"

#include <optional>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(live, box_office)

namespace {

http_request with_last_id(http_request request, const std::string& id) {
  return request.with("Last-Event-ID", id);
}

std::string seat_events(std::int64_t option) {
  return "/api/v1/options/" + std::to_string(option) + "/seats/events";
}

bool has_status(const stream_client::event& event, const std::string& status) {
  return event.data.value("status", "") == status;
}
std::function<bool(const stream_client::event&)> of_status(const std::string& status) {
  return [status](const stream_client::event& event) { return has_status(event, status); };
}

/// A concert that lets nobody in until it is told to.
struct closed_doors : box_office {
  explicit closed_doors(json policy = open_doors()) : concert(open_concert(policy)) {
    change_queue(concert, {{"paused", true}});
  }
  person waiting() {
    person one;
    one.queue_token = ask(201, one.join(concert)).at("queueToken");
    return one;
  }
  stream_client listen(const person& one, const std::string& last_id = "") {
    return {house().http_port(), with_last_id(one.get("/api/v1/queue/events"), last_id)};
  }
  stream_client listen_to_seats(std::int64_t option, const std::string& last_id = "") {
    return {house().http_port(), with_last_id(http_request("GET", seat_events(option)), last_id)};
  }
  /// Users whose places were taken from them because they were not there, in this order.
  std::vector<std::int64_t> gone() {
    std::map<std::int64_t, std::int64_t> user_of;
    std::vector<std::int64_t> users;
    for (const auto& event : journal_of(house(), "queue", concert)) {
      if (event.type == "place_taken")
        user_of[event.data.at("place")] = event.data.at("user");
      if (event.type == "places_taken_together")
        for (std::int64_t place = event.data.at("first"); const auto& each : event.data.at("takers"))
          user_of[place++] = each.at("user");
      if (event.type == "places_ended" && event.data.at("reason") == "abandoned")
        for (const auto& place : event.data.at("places"))
          users.push_back(user_of.at(place));
    }
    return users;
  }
  bool wait_for_gone(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + stream_client::patience;
    while (gone().size() < count)
      if (std::chrono::steady_clock::now() > until)
        return false;
    return true;
  }
  std::int64_t concert;
};

/// What a client makes of the events of a seat map.
struct seat_picture {
  std::int64_t version = 0;
  std::map<int, std::string> status;
  int lists = 0;
  int steps = 0;

  void see(const json& data) {
    version = data.at("version");
    ++(data.contains("seats") ? lists : steps);
    for (const auto& seat : data.contains("seats") ? data.at("seats") : data.at("changed"))
      status[seat.at("seatId")] = seat.at("status");
  }
  /// Reads on until this seat is so.
  void see_until(stream_client& from, int seat, const std::string& wanted) {
    while (status[seat] != wanted) {
      const auto event = from.next();
      BOOST_TEST_REQUIRE(event.has_value(), "seat " << seat << " never was " << wanted);
      BOOST_TEST(event->name == "seats");
      BOOST_TEST(event->id == std::to_string(event->data.at("version").get<std::int64_t>()));
      see(event->data);
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_listener_is_told_its_place_each_change_and_its_admission, closed_doors) {
  auto first = waiting();
  auto second = waiting();
  auto stream = listen(second);
  BOOST_TEST(stream.status() == 200u);
  const auto place = ask(200, second.poll());
  const auto told = stream.next();
  BOOST_TEST_REQUIRE(told.has_value());
  BOOST_TEST(told->name == "queue");
  BOOST_TEST(told->data == place);
  BOOST_TEST(told->data.at("position") == 2);
  BOOST_TEST(stream.retry_ms() >= 1'000);
  must(204, ask(first.leave()));
  const auto moved = stream.next();
  BOOST_TEST_REQUIRE(moved.has_value());
  BOOST_TEST(moved->data.at("position") == 1);
  change_queue(concert, {{"paused", false}});
  const auto admitted = stream.wait_for(of_status("ACTIVE"));
  BOOST_TEST_REQUIRE(admitted.has_value());
  BOOST_TEST(admitted->data == ask(200, second.poll()));
  must(204, ask(second.leave()));
  BOOST_TEST(stream.wait_for(of_status("EXPIRED")).has_value());
  BOOST_TEST(stream.wait_for_end());
}

BOOST_FIXTURE_TEST_CASE(a_websocket_and_a_query_token_bring_the_same_bodies, closed_doors) {
  auto one = waiting();
  const auto query = "?queueToken=" + one.queue_token;
  auto socket = stream_client::websocket(house().http_port(), "/api/v1/queue/socket" + query);
  BOOST_TEST(socket.status() == 101u);
  BOOST_TEST(socket.head().find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos); // RFC 6455, 1.3
  stream_client events(house().http_port(), http_request("GET", "/api/v1/queue/events" + query));
  const auto place = ask(200, one.poll());
  BOOST_TEST(socket.next().value().data == place);
  BOOST_TEST(events.next().value().data == place);
  change_queue(concert, {{"paused", false}});
  const auto by_socket = socket.wait_for(of_status("ACTIVE"));
  const auto by_events = events.wait_for(of_status("ACTIVE"));
  BOOST_TEST_REQUIRE((by_socket && by_events));
  BOOST_TEST(by_socket->data == by_events->data);
  must(204, ask(one.leave()));
  BOOST_TEST(socket.wait_for(of_status("EXPIRED")).has_value());
  BOOST_TEST(socket.wait_for_end());
  BOOST_TEST(socket.close_code() == 1000);
}

BOOST_FIXTURE_TEST_CASE(who_comes_back_is_told_only_what_is_new, closed_doors) {
  auto first = waiting();
  auto second = waiting();
  std::string known;
  {
    auto stream = listen(second);
    known = stream.next().value().id;
  }
  auto again = listen(second, known);
  must(204, ask(first.leave()));
  const auto news = again.next();
  BOOST_TEST_REQUIRE(news.has_value());
  BOOST_TEST(news->data.at("position") == 1);
  BOOST_TEST(listen(second, known).next().value().data.at("position") == 1); // it happened while one was away
  must(204, ask(second.leave()));
  const auto last = again.next();
  BOOST_TEST_REQUIRE(last.has_value());
  BOOST_TEST(last->data.at("status") == "EXPIRED");
  BOOST_TEST(listen(second, last->id).status() == 204u);
  BOOST_TEST(listen(second).next().value().data.at("status") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(who_listens_is_there_and_who_does_not_loses_the_place) {
  auto policy = open_doors();
  policy["abandonSeconds"] = 3;
  closed_doors the(policy);
  the.setup();
  auto silent = the.waiting();
  auto listening = the.waiting();
  std::optional<stream_client> stream = the.listen(listening);
  BOOST_TEST(stream->next().value().data.at("position") == 2);
  const auto moved = stream->next();
  BOOST_TEST_REQUIRE(moved.has_value());
  BOOST_TEST(moved->data.at("position") == 1);
  auto silent_too = the.waiting();
  BOOST_TEST(the.wait_for_gone(2)); // as long again
  BOOST_TEST(the.gone() == (std::vector<std::int64_t>{silent.user, silent_too.user}),
             boost::test_tools::per_element());
  stream.reset();
  BOOST_TEST(the.wait_for_gone(3));
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_is_a_problem_document_before_any_stream, closed_doors) {
  auto one = waiting();
  auto stranger = person();
  stranger.queue_token = one.queue_token;
  const auto option = open_option(concert);
  const auto expect = [&](unsigned status, const std::string& code, const http_request& request) {
    stream_client answer(house().http_port(), request);
    BOOST_TEST(answer.status() == status, request.target);
    BOOST_TEST(json::parse(answer.body()).value("code", "") == code, request.target);
    BOOST_TEST(answer.head().find("application/problem+json") != std::string::npos);
  };
  const std::string events = "/api/v1/queue/events";
  expect(403, "QUEUE_TOKEN_REQUIRED", http_request("GET", events));
  expect(403, "QUEUE_TOKEN_INVALID", http_request("GET", events + "?queueToken=abc"));
  expect(403, "QUEUE_TOKEN_INVALID", stranger.get(events));
  expect(400, "INVALID_REQUEST", one.get(events + "?place=1"));
  expect(400, "INVALID_REQUEST", one.get("/api/v1/queue/socket"));
  expect(404, "OPTION_NOT_FOUND", http_request("GET", seat_events(999'999)));
  expect(405, "METHOD_NOT_ALLOWED", http_request("POST", seat_events(option)));
  BOOST_TEST(stream_client::websocket(house().http_port(), "/api/v1/queue/socket?queueToken=abc").status() ==
             403u);
}

BOOST_FIXTURE_TEST_CASE(a_hall_is_told_as_a_list_and_then_by_its_changes, closed_doors) {
  change_queue(concert, {{"paused", false}});
  const auto option = open_option(concert);
  auto buyers = admitted(3, concert);
  auto stream = listen_to_seats(option);
  const auto first = stream.next();
  BOOST_TEST_REQUIRE(first.has_value());
  BOOST_TEST(first->data ==
             ask(200, http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats")));
  seat_picture picture;
  picture.see(first->data);
  const auto held = hold(buyers[0], option, {3, 4});
  picture.see_until(stream, 4, "HELD");
  BOOST_TEST(picture.status[3] == "HELD");
  must(204, ask(buyers[0].release(held)));
  picture.see_until(stream, 4, "AVAILABLE");
  BOOST_TEST(picture.lists == 1);

  // Away for some changes: they come in one, unless the version is none that was told here.
  stream = listen_to_seats(option, "0");
  hold(buyers[1], option, {7});
  picture.see_until(stream, 7, "HELD");
  const auto known = stream.last_id();
  auto witness = listen_to_seats(option, known); // the hall stays watched
  hold(buyers[2], option, {8, 9});
  picture.see_until(witness, 9, "HELD");
  auto again = listen_to_seats(option, known);
  const auto step = again.next();
  BOOST_TEST_REQUIRE(step.has_value());
  BOOST_TEST(step->data.at("changed").size() == 2u);
  BOOST_TEST(listen_to_seats(option, "999999").next().value().data.contains("seats"));
}

BOOST_FIXTURE_TEST_CASE(a_guarded_hall_is_shown_while_the_place_is_active, closed_doors) {
  change_queue(concert, {{"paused", false}, {"guardSeatMap", true}});
  const auto option = open_option(concert);
  stream_client without(house().http_port(), http_request("GET", seat_events(option)));
  BOOST_TEST(without.status() == 403u);
  auto one = admitted(concert);
  stream_client stream(house().http_port(),
                       http_request("GET", seat_events(option) + "?queueToken=" + one.queue_token));
  BOOST_TEST(stream.next().value().data.at("seats").size() == 50u);
  must(204, ask(one.leave()));
  BOOST_TEST(stream.wait_for_end());
}

BOOST_AUTO_TEST_CASE(a_front_that_stops_tells_its_listeners_when_to_come_back) {
  box_office own{node_settings{{"--http.listener-spread-ms=4000"}, {}}};
  own.setup();
  const auto concert = own.open_concert();
  own.change_queue(concert, {{"paused", true}});
  person one;
  one.queue_token = own.ask(201, one.join(concert)).at("queueToken");
  stream_client events(own.house().http_port(), one.get("/api/v1/queue/events"));
  auto socket =
      stream_client::websocket(own.house().http_port(), "/api/v1/queue/socket?queueToken=" + one.queue_token);
  BOOST_TEST(events.next().has_value());
  BOOST_TEST(socket.next().has_value());
  BOOST_TEST(own.house().stop() == 0);
  BOOST_TEST(events.wait_for_end());
  BOOST_TEST(socket.wait_for_end());
  BOOST_TEST(socket.close_code() == 1012);
  for (const auto retry : {events.retry_ms(), socket.retry_ms()}) {
    BOOST_TEST(retry >= 1'000);
    BOOST_TEST(retry <= 4'000);
  }
  own.house().start();
  // The place is still there: who comes back is told so.
  stream_client again(own.house().http_port(), with_last_id(one.get("/api/v1/queue/events"), "EXPIRED"));
  BOOST_TEST(again.next().value().data.at("position") == 1);
}

BOOST_AUTO_TEST_CASE(streams_past_a_limit_are_told_to_poll) {
  box_office own{node_settings{{"--http.listeners-per-address-max=2"}, {}}};
  own.setup();
  const auto option = own.open_option(own.open_concert());
  const auto open = [&] {
    return stream_client(own.house().http_port(), http_request("GET", seat_events(option)));
  };
  std::optional first = open();
  auto second = open();
  auto third = open();
  BOOST_TEST(third.status() == 429u);
  BOOST_TEST(json::parse(third.body()).at("code") == "RATE_LIMITED");
  BOOST_TEST(second.next().has_value());
  first.reset();
  const auto until = std::chrono::steady_clock::now() + stream_client::patience;
  auto status = open().status();
  while (status != 200u && std::chrono::steady_clock::now() < until)
    status = open().status();
  BOOST_TEST(status == 200u);
}

BOOST_AUTO_TEST_CASE(a_listener_that_does_not_read_is_dropped) {
  box_office own{node_settings{{"--http.write-timeout-ms=500"}, {}}};
  own.setup();
  const auto option = own.open_option(own.open_concert(), {{"seatCount", 20'000}});
  // Reads the header, and nothing of the list, which has some 2 MB.
  stream_client silent(own.house().http_port(), http_request("GET", seat_events(option)));
  BOOST_TEST(silent.status() == 200u);
  const auto until = std::chrono::steady_clock::now() + stream_client::patience;
  std::string metrics;
  const auto tells = [&](std::string_view line) { return metrics.find(line) != std::string::npos; };
  constexpr std::string_view dropped = "frontrow_listeners_dropped_total{stream=\"seats\"} 1",
                             nobody = "frontrow_listeners_open{stream=\"seats\"} 0";
  // It counts as dropped a moment before it is gone.
  while (!(tells(dropped) && tells(nobody)) && std::chrono::steady_clock::now() < until)
    metrics = own.house().admin_http().ask(own.house().admin_request("GET", "/metrics")).body;
  BOOST_TEST(tells(dropped));
  BOOST_TEST(tells(nobody));
}

BOOST_AUTO_TEST_SUITE_END()
