#include "tests/http/running_server.hpp"

#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

using namespace frontrow::http_test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(public_server)

BOOST_AUTO_TEST_CASE(a_connection_is_kept_for_many_requests) {
  running_server running;
  raw_client client{running.port()};
  for (int each = 0; each < 100; ++each) {
    auto got = client.ask(get("/hello"));
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.body == R"({"hello":1})");
    BOOST_TEST(!got.headers.contains("connection"));
  }
  auto got = client.ask(get("/hello"));
  BOOST_TEST(got.headers["content-type"] == "application/json");
  BOOST_TEST(got.headers["content-length"] == "11");
  BOOST_TEST(got.headers["x-content-type-options"] == "nosniff");
  BOOST_TEST(got.headers["cache-control"] == "no-store");
  BOOST_TEST(got.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT");
  BOOST_TEST(is_trace_id(got.headers["x-trace-id"]));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  running_server running;
  raw_client client{running.port()};
  std::string all;
  for (int each = 1; each <= 200; ++each)
    all += post("/echo", std::to_string(each));
  BOOST_TEST(client.send(all));
  for (int each = 1; each <= 200; ++each)
    BOOST_TEST(client.receive().value().body == std::to_string(each));
}

BOOST_AUTO_TEST_CASE(requests_of_every_length_are_read_whole_alone_and_in_pairs) {
  running_server running;
  raw_client client{running.port()};
  const auto around_512 = 512 - post("/echo", "").size(), around_4096 = 4096 - post("/echo", "").size();
  for (const auto middle : {around_512, around_4096})
    for (auto length = middle - 20; length <= middle + 20; ++length) {
      const std::string first(length, 'a'), second(length, 'b');
      BOOST_TEST(client.ask(post("/echo", first)).body == first);
      client.send(post("/echo", first) + post("/echo", second));
      BOOST_TEST(client.receive().value().body == first);
      BOOST_TEST(client.receive().value().body == second);
    }
}

BOOST_AUTO_TEST_CASE(a_header_that_arrives_in_parts_is_read_whole) {
  running_server running;
  raw_client client{running.port()};
  for (std::size_t padding = 350; padding <= 550; ++padding) { // what is read at once ends in each place of the last line
    const auto trace = "t" + std::to_string(padding) + std::string(40, static_cast<char>('a' + padding % 26));
    const auto got = client.ask(
        get("/hello", "X-Padding: " + std::string(padding, 'x') + "\r\nX-Trace-Id: " + trace + "\r\n"));
    BOOST_TEST(got.headers.at("x-trace-id") == trace);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_answer_holds_back_those_behind_it) {
  running_server running;
  raw_client client{running.port()};
  client.send(get("/slow") + get("/hello"));
  auto slot = running.held.take();
  BOOST_TEST(!client.has_something());
  slot.give("late");
  BOOST_TEST(client.receive().value().body == "late");
  BOOST_TEST(client.receive().value().body == R"({"hello":1})");
}

BOOST_AUTO_TEST_CASE(a_slow_answer_holds_back_nobody_else) {
  running_server running;
  raw_client waiting{running.port()};
  waiting.send(get("/slow"));
  auto slot = running.held.take();
  for (int each = 0; each < 10; ++each)
    BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
  std::thread{[slot = std::move(slot)]() mutable { slot.give("from another thread"); }}.join();
  BOOST_TEST(waiting.receive().value().body == "from another thread");
}

BOOST_AUTO_TEST_CASE(an_answer_that_nobody_gives_is_noticed) {
  running_server running;
  raw_client client{running.port()};
  client.send(get("/slow"));
  { auto dropped = running.held.take(); }
  auto got = client.receive().value();
  BOOST_TEST(got.status == 503);
  BOOST_TEST(got.headers["retry-after"] == "1");
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body) {
  running_server running;
  raw_client client{running.port()};
  auto got = client.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.headers["content-length"] == "11");
  BOOST_TEST(client.ask(get("/hello")).body == R"({"hello":1})");
  auto missing = client.ask("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(missing.status == 404);
  BOOST_TEST(client.ask(get("/hello")).body == R"({"hello":1})");
}

BOOST_AUTO_TEST_CASE(an_old_client_is_served_and_closed) {
  running_server running;
  raw_client client{running.port()};
  auto got = client.ask("GET /hello HTTP/1.0\r\n\r\n");
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.headers["connection"] == "close");
  client.wait_for_end();
  raw_client kept{running.port()};
  auto first = kept.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(first.headers["connection"] == "keep-alive");
  BOOST_TEST(kept.ask("GET /hello HTTP/1.0\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(connection_close_is_honoured) {
  running_server running;
  raw_client client{running.port()};
  BOOST_TEST(client.ask(get("/hello", "Connection: close\r\n")).headers["connection"] == "close");
  client.wait_for_end();
}

BOOST_AUTO_TEST_CASE(chunked_bodies_are_taken) {
  running_server running;
  raw_client client{running.port()};
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: "
                           "application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST(
      client.ask(head + "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\nAuthorization: y\r\n\r\n")
          .body == "hello world");
  // Byte by byte, and the next request right behind.
  for (char c : head + "3\r\nabc\r\n0\r\n\r\n" + get("/hello"))
    client.send(std::string(1, c));
  BOOST_TEST(client.receive().value().body == "abc");
  BOOST_TEST(client.receive().value().body == R"({"hello":1})");
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_first_is_told_to_go_on) {
  running_server running;
  raw_client client{running.port()};
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
              "2\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.receive().value().status == 100);
  client.send("{}");
  auto got = client.receive().value();
  BOOST_TEST(got.status == 201);
  BOOST_TEST(got.body == "{}");
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.receive().value().status == 413);
}

BOOST_AUTO_TEST_CASE(a_large_answer_reaches_a_slow_reader_whole) {
  running_server running;
  raw_client client{running.port()};
  // Far more than the kernel's buffers take, so that the writer has to wait for the reader.
  BOOST_TEST(client.send(get("/large")));
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
  auto got = client.receive().value();
  BOOST_TEST(got.body.size() == 8U << 20);
  BOOST_TEST(client.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(beyond_the_most_connections_a_client_is_told) {
  server_options few;
  few.connections_max = 3;
  running_server running{few};
  std::vector<raw_client> held;
  for (int each = 0; each < 3; ++each)
    BOOST_TEST(held.emplace_back(running.port()).ask(get("/hello")).status == 200);
  {
    raw_client refused{running.port()};
    auto got = refused.ask(get("/hello"));
    BOOST_TEST(got.status == 503);
    BOOST_TEST(got.headers["connection"] == "close");
    BOOST_TEST(nlohmann::json::parse(got.body)["code"] == "UNAVAILABLE");
    refused.wait_for_end();
  }
  held.pop_back();
  auto deadline = std::chrono::steady_clock::now() + raw_client::patience;
  while (running.listener.connections() > 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_stop_finishes_what_is_under_way_and_closes_the_idle) {
  running_server running;
  // One for each I/O thread: when both have ended, both threads know of the stop.
  raw_client idle{running.port()};
  raw_client idle_too{running.port()};
  BOOST_TEST(idle.ask(get("/hello")).status == 200);
  BOOST_TEST(idle_too.ask(get("/hello")).status == 200);
  raw_client busy{running.port()};
  busy.send(get("/slow") + get("/hello"));
  auto slot = running.held.take();
  auto stopped = std::async(std::launch::async, [&] { running.listener.stop(); });
  idle.wait_for_end();
  idle_too.wait_for_end();
  BOOST_TEST((stopped.wait_for(0s) == std::future_status::timeout));
  slot.give("done");
  auto got = busy.receive().value();
  BOOST_TEST(got.body == "done");
  BOOST_TEST(got.headers["connection"] == "close");
  busy.wait_for_end();
  BOOST_REQUIRE((stopped.wait_for(raw_client::patience) == std::future_status::ready));
  BOOST_CHECK_THROW(raw_client{running.port()}, std::system_error);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_ever) {
  server_options hasty;
  hasty.stop_timeout = 100ms;
  running_server running{hasty};
  raw_client busy{running.port()};
  busy.send(get("/slow"));
  auto slot = running.held.take();
  auto stopped = std::async(std::launch::async, [&] { running.listener.stop(); });
  BOOST_REQUIRE((stopped.wait_for(raw_client::patience) == std::future_status::ready));
  BOOST_TEST(!busy.receive().has_value());
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_refused) {
  running_server running;
  server_options same;
  same.port = running.port();
  BOOST_CHECK_THROW((server{same, running.door}), std::system_error);
  same.address = "not an address";
  BOOST_CHECK_THROW((server{same, running.door}), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
