#include "tests/http/running_server.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <thread>

using namespace frontrow::http_test;
using namespace std::chrono_literals;

namespace {

server_options impatient() {
  server_options options;
  options.request_timeout = 300ms;
  options.idle_timeout = 300ms;
  options.write_timeout = 300ms;
  options.linger_timeout = 200ms;
  return options;
}

/// What this process has in memory, in bytes.
std::size_t resident_bytes() {
  std::ifstream from{"/proc/self/statm"};
  std::size_t whole = 0;
  std::size_t resident = 0;
  from >> whole >> resident;
  return resident * 4096;
}

/// As many file descriptors as we may have.
std::size_t descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

bool wait_until(auto condition) {
  auto deadline = std::chrono::steady_clock::now() + raw_client::patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_clients)

BOOST_AUTO_TEST_CASE(what_is_no_request_gets_400_and_is_closed) {
  running_server running;
  const std::string body_twice = "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}";
  const std::string table[] = {
      "nonsense\r\n\r\n",
      "GET\r\n\r\n",
      "GET /hello\r\n\r\n",
      "GET /hello HTTP/2.0\r\n\r\n",
      "GET /hello HTTP/1.1\nHost: x\n\n",
      "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /he llo HTTP/1.1\r\nHost: x\r\n\r\n",
      std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28),
      "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\n" + body_twice,
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!!!\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(20000, '0'),
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  };
  for (const auto& bytes : table) {
    BOOST_TEST_CONTEXT(bytes.substr(0, 120)) {
      raw_client client{running.port()};
      client.send(bytes);
      client.finish_sending();
      auto got = client.receive();
      BOOST_REQUIRE(got.has_value());
      BOOST_TEST(got->status == 400);
      BOOST_TEST(got->headers["connection"] == "close");
      BOOST_TEST(nlohmann::json::parse(got->body)["code"] == "INVALID_REQUEST");
      client.wait_for_end();
    }
  }
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(requests_that_are_sound_but_unfit_keep_the_connection) {
  running_server running;
  raw_client client{running.port()};
  for (const std::string& bytes : {std::string{"GET /hello HTTP/1.1\r\n\r\n"},
                                   std::string{"GET /hello HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"},
                                   get("http:///x"), get("/%zz"), get("/\xff")})
    BOOST_TEST(client.ask(bytes).status == 400);
  BOOST_TEST(client.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(too_large_a_header_gets_431) {
  running_server running;
  for (const auto& bytes :
       {get("/hello", "X: " + std::string(9000, 'x') + "\r\n"), get("/" + std::string(9000, 'x')),
        get("/hello",
            [] {
              std::string many;
              for (int at = 0; at < 1000; ++at)
                many += "A" + std::to_string(at) + ": b\r\n";
              return many;
            }()),
        "GET /hello HTTP/1.1\r\nX: " + std::string(100000, 'x')}) {
    raw_client client{running.port()};
    client.send(bytes);
    auto got = client.receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->status == 431);
    BOOST_TEST(nlohmann::json::parse(got->body)["code"] == "HEADERS_TOO_LARGE");
    // Heard out for a moment, not reset: a reset could take the answer with it.
    BOOST_TEST(client.wait_for_end());
  }
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello", "X: " + std::string(7900, 'x') + "\r\n")).status ==
             200);
}

BOOST_AUTO_TEST_CASE(too_large_a_body_gets_413) {
  running_server running;
  auto chunk = [](std::size_t size) {
    char length[16];
    std::snprintf(length, sizeof length, "%zx\r\n", size);
    return length + std::string(size, 'x') + "\r\n";
  };
  const std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: "
                              "application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string tiny_chunks = chunked;
  for (int each = 0; each < 200'000; ++each)
    tiny_chunks += "1;extension\r\nx\r\n";
  for (const auto& bytes : {post("/echo", std::string(65537, 'x')), post("/echo", std::string(1 << 20, 'x')),
                            chunked + chunk(65537), chunked + chunk(40000) + chunk(40000), tiny_chunks}) {
    raw_client client{running.port()};
    client.send(bytes);
    auto got = client.receive();
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->status == 413);
    BOOST_TEST(nlohmann::json::parse(got->body)["code"] == "PAYLOAD_TOO_LARGE");
    // Heard out for a moment, not reset: a reset could take the answer with it.
    BOOST_TEST(client.wait_for_end());
  }
  raw_client client{running.port()};
  BOOST_TEST(client.ask(post("/echo", std::string(65536, 'x'))).body.size() == 65536U);
  BOOST_TEST(client.ask(chunked + chunk(65536) + "0\r\n\r\n").body.size() == 65536U);
}

BOOST_AUTO_TEST_CASE(a_client_that_trickles_is_cut_off) {
  auto options = impatient();
  options.idle_timeout = 60s;
  running_server running{options};
  const auto with_body = post("/echo", std::string(4000, 'x'));
  for (const std::string& start :
       {get("/hello").substr(0, 20), with_body.substr(0, with_body.size() - 3900)}) {
    raw_client slow{running.port()};
    auto begun = std::chrono::steady_clock::now();
    slow.send(start);
    // A byte every 20 ms: neither silence nor progress decides, only the time since the first byte.
    for (int each = 0; each < 1000 && !slow.has_something(20ms); ++each)
      slow.send("x");
    BOOST_TEST(!slow.receive().has_value());
    BOOST_TEST((std::chrono::steady_clock::now() - begun >= 300ms));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_is_told_to_go_on_and_does_not_is_cut_off) {
  running_server running{impatient()};
  raw_client slow{running.port()};
  slow.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Expect: 100-continue\r\n\r\n");
  BOOST_TEST(slow.receive().value().status == 100);
  BOOST_TEST(!slow.receive().has_value());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_in_the_end) {
  running_server running{impatient()};
  raw_client silent{running.port()};
  silent.wait_for_end();
  raw_client once{running.port()};
  BOOST_TEST(once.ask(get("/hello")).status == 200);
  once.wait_for_end();
  BOOST_TEST(wait_until([&] { return running.listener.connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_cut_off) {
  running_server running{impatient()};
  raw_client deaf{running.port()};
  deaf.shrink_receive_buffer();
  std::string many;
  for (int each = 0; each < 20; ++each)
    many += get("/large");
  deaf.send(many);
  BOOST_REQUIRE(wait_until([&] { return running.listener.connections() == 1; }));
  BOOST_TEST(wait_until([&] { return running.listener.connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_closed_its_half_is_still_answered) {
  running_server running;
  raw_client half{running.port()};
  half.send(get("/slow"));
  half.finish_sending();
  running.held.take().give("still here");
  BOOST_TEST(half.receive().value().body == "still here");
  half.wait_for_end();
}

BOOST_AUTO_TEST_CASE(answers_that_wait_for_their_reader_are_not_those_of_others) {
  server_options one_thread;
  one_thread.threads = 1;
  running_server running{one_thread};
  raw_client slow{running.port()}, other{running.port()};
  constexpr int count = 25'000, together = 100; // answers of 6 MB, more than the kernel takes for one who does not read
  const auto ask_as = [](raw_client& client, std::string_view who, int times) {
    std::string all;
    for (int each = 0; each < times; ++each)
      all += get("/hello", "X-Trace-Id: " + std::string{who} + "\r\n");
    BOOST_REQUIRE(client.send(all));
  };
  const auto read_as = [](raw_client& client, std::string_view who, int times) {
    for (int each = 0; each < times; ++each)
      BOOST_REQUIRE(client.receive().value().headers.at("x-trace-id") == who);
  };
  ask_as(slow, "slow-reader", count);
  for (int each = 0; each < count; each += together) {
    ask_as(other, "fast-reader", together);
    read_as(other, "fast-reader", together);
  }
  read_as(slow, "slow-reader", count);
}

BOOST_AUTO_TEST_CASE(an_end_that_came_together_with_the_last_request_is_seen) {
  server_options one_thread;
  one_thread.threads = 1;
  running_server running{one_thread};
  raw_client busy{running.port()}, half{running.port()};
  half.ask(get("/hello"));
  busy.send(get("/holds-its-thread"));
  running.thread_is_held.acquire();
  half.send(get("/hello"));
  half.finish_sending();
  running.let_thread_go.release();
  BOOST_TEST(half.receive().value().body == R"({"hello":1})");
  BOOST_TEST(half.wait_for_end());
}

BOOST_AUTO_TEST_CASE(half_a_request_gets_400_when_no_more_can_come) {
  running_server running;
  for (const auto& whole : {get("/hello"), post("/echo", "{}")})
    for (std::size_t length : {1UL, 10UL, whole.size() - 1}) {
      raw_client client{running.port()};
      client.send(whole.substr(0, length));
      client.finish_sending();
      BOOST_TEST(client.receive().value().status == 400);
    }
}

BOOST_AUTO_TEST_CASE(clients_that_vanish_while_their_answer_is_made_do_no_harm) {
  running_server running;
  for (int each = 0; each < 50; ++each) {
    auto gone = std::make_unique<raw_client>(running.port());
    gone->send(get("/slow"));
    auto slot = running.held.take();
    gone.reset();
    slot.give("to nobody");
  }
  BOOST_TEST(wait_until([&] { return running.listener.connections() == 0; }));
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(garbage_never_brings_it_down) {
  running_server running{impatient()};
  const char* given = std::getenv("FRONTROW_TEST_SEED");
  auto seed = given != nullptr ? std::stoul(given) : std::random_device{}();
  BOOST_TEST_MESSAGE("FRONTROW_TEST_SEED=" << seed);
  std::mt19937_64 random{seed};
  const std::string whole = post("/orders", R"({"amount":5})",
                                 "Idempotency-Key: k\r\nX-Trace-Id: t\r\nTransfer-Encoding: chunked\r\n") +
                            get("/things/1/parts/a?limit=5");
  for (int round = 0; round < 1000; ++round) {
    auto bytes = whole;
    for (auto changes = random() % 8; changes > 0 && !bytes.empty(); --changes)
      switch (random() % 4) {
      case 0:
        bytes[random() % bytes.size()] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(random() % bytes.size(), random() % 10);
        break;
      case 2:
        bytes.insert(random() % bytes.size(), bytes.substr(random() % bytes.size(), random() % 20));
        break;
      default:
        bytes.resize(1 + random() % bytes.size());
      }
    raw_client client{running.port()};
    client.send(bytes);
    client.finish_sending();
    while (auto got = client.receive())
      BOOST_TEST((got->status < 500), "seed " << seed << " round " << round);
  }
  BOOST_TEST(raw_client{running.port()}.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(thousands_of_idle_connections_cost_little_and_are_all_served) {
  // Both ends are in this process, so each connection takes two descriptors.
  auto count = std::min<std::size_t>(10'000, (descriptors() - 200) / 2);
  server_options options;
  options.threads = 1;
  running_server running{options};
  { raw_client{running.port()}.ask(get("/hello")); }
  std::vector<raw_client> crowd;
  crowd.reserve(count);
  auto before = resident_bytes();
  for (std::size_t each = 0; each < count; ++each)
    crowd.emplace_back(running.port());
  BOOST_REQUIRE(wait_until([&] { return running.listener.connections() == count; }));
  for (auto& each : crowd)
    BOOST_REQUIRE(each.ask(get("/hello")).status == 200);
  auto each_costs = (resident_bytes() - before) / count;
  BOOST_TEST_MESSAGE(count << " idle connections, " << each_costs << " bytes each with the client's side");
  std::printf("%zu idle connections, %zu bytes each (client objects included)\n", count, each_costs);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer's own book-keeping would be measured as well.
  BOOST_TEST(each_costs < 4096U);
#endif
  for (auto& each : crowd)
    BOOST_REQUIRE(each.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
