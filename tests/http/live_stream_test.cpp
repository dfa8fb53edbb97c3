#include "http/live_listener.hpp"
#include "http/websocket_stream.hpp"
#include "tests/http/running_server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <future>
#include <set>

using namespace frontrow::http_test;
using namespace std::chrono_literals;

namespace {

/// Says what the test tells it to say.
class scripted_listener final : public live_listener {
public:
  scripted_listener(listener_ticket ticket, asio::any_io_executor on)
      : live_listener(std::move(ticket)), on_(on) {}

  std::optional<live_event> next() override {
    if (events_.empty())
      return std::nullopt;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  bool over() const override { return over_ && events_.empty(); }

  /// From the test's thread.
  void say(live_event event) {
    asio::post(on_, [self = shared(), event = std::move(event)] {
      self->events_.push_back(event);
      self->has_news();
    });
  }
  void finish() {
    asio::post(on_, [self = shared()] {
      self->over_ = true;
      self->has_news();
    });
  }

private:
  std::shared_ptr<scripted_listener> shared() {
    return std::static_pointer_cast<scripted_listener>(shared_from_this());
  }
  asio::any_io_executor on_;
  std::deque<live_event> events_;
  bool over_ = false;
};

/// A server whose /events and /socket are listeners that the test has in its hands.
struct streaming_server {
  explicit streaming_server(server_options with = {})
      : door((add_routes(),
              front_door::parts{routes, tokens, limits, figures, nullptr, nullptr, [] { return test_now; }})),
        listener(running_server::on_any_port(with), door) {
    listener.start();
  }
  ~streaming_server() { listener.stop(); }

  void add_routes() {
    const auto stream = [this](unsigned status) {
      return [this, status](request_context& asked) -> awaitable<response> {
        if (status == 101 && !wants_websocket(asked.headers))
          co_return asked.invalid("no WebSocket");
        auto admitted = count.admit(asked.peer, stream_kind::queue);
        auto who = std::make_shared<scripted_listener>(std::move(std::get<listener_ticket>(admitted)),
                                                       co_await asio::this_coro::executor);
        come(who);
        co_return response{.status = status,
                           .content_type = "text/event-stream",
                           .text = {},
                           .shared = {},
                           .headers = {},
                           .stream = who};
      };
    };
    routes.add(method::get, "/events", "events", access::open, stream(200));
    routes.add(method::get, "/socket", "socket", access::open, stream(101));
    routes.add(method::get, "/hello", "hello", access::open,
               [](request_context&) -> awaitable<response> { co_return json_text(200, "{}"); });
  }
  void come(const std::shared_ptr<scripted_listener>& who) {
    std::lock_guard lock{mutex};
    listeners.push_back(who);
    came.notify_all();
  }
  std::shared_ptr<scripted_listener> take() {
    std::unique_lock lock{mutex};
    if (!came.wait_for(lock, raw_client::patience, [this] { return !listeners.empty(); }))
      throw std::runtime_error("nobody came");
    auto who = std::move(listeners.front());
    listeners.pop_front();
    return who;
  }
  /// A figure by the first words of its line.
  std::string figure(const std::string& name) {
    const auto text = figures.text();
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos
               ? ""
               : text.substr(at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2);
  }

  public_router routes;
  access_tokens tokens{access_token_options{.secret = "0123456789abcdef0123456789abcdef", .public_key = {}}};
  rate_limits limits{{rate_limit_options::state::off, {}, {}}};
  metrics figures;
  listener_count count{{}, figures};
  std::mutex mutex;
  std::condition_variable came;
  std::deque<std::shared_ptr<scripted_listener>> listeners; // their tickets count in `figures`
  front_door door;
  server listener;
};

live_event event(std::string id, std::string text) {
  return {"queue", std::move(id), std::move(text), nullptr};
}

/// A WebSocket client with a deadline for everything.
class socket_client {
public:
  explicit socket_client(std::uint16_t port) : stream_(context_) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.handshake("test", "/socket");
  }
  /// The next message; nothing when the other side closed.
  std::optional<std::string> read() {
    beast::flat_buffer buffer;
    boost::system::error_code failure = asio::error::timed_out;
    stream_.async_read(buffer, [&](const boost::system::error_code& ec, std::size_t) { failure = ec; });
    context_.restart();
    context_.run_for(raw_client::patience);
    if (failure)
      return std::nullopt;
    return beast::buffers_to_string(buffer.data());
  }
  void write(const std::string& text) {
    boost::system::error_code ec;
    stream_.write(asio::buffer(text), ec);
  }
  beast::websocket::close_reason reason() const { return stream_.reason(); }

private:
  asio::io_context context_;
  beast::websocket::stream<asio::ip::tcp::socket> stream_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_streams)

BOOST_AUTO_TEST_CASE(events_come_with_name_id_and_data_as_soon_as_they_are_said) {
  streaming_server running;
  raw_client client{running.listener.port()};
  client.send(get("/events"));
  const auto head = client.receive().value();
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.headers.at("content-type") == "text/event-stream");
  BOOST_TEST(head.headers.at("connection") == "close");
  BOOST_TEST(!head.headers.contains("content-length"));
  BOOST_TEST(client.read_until("\n\n").starts_with("retry: "));
  const auto who = running.take();
  who->say(event("a-1", R"({"a":1})"));
  BOOST_TEST(client.read_until("\n\n") == "event: queue\nid: a-1\ndata: {\"a\":1}\n\n");
  who->say({"seats", "7", {}, std::make_shared<const std::string>("[]")});
  BOOST_TEST(client.read_until("\n\n") == "event: seats\nid: 7\ndata: []\n\n");
  who->finish();
  BOOST_TEST(client.read_until("more").empty()); // the end
  BOOST_TEST(running.figure(R"(frontrow_listener_events_total{stream="queue"})") == "2");
}

BOOST_AUTO_TEST_CASE(what_is_said_before_the_header_is_written_comes_behind_it) {
  streaming_server running;
  raw_client client{running.listener.port()};
  for (int each = 0; each < 50; ++each) {
    raw_client one{running.listener.port()};
    one.send(get("/events"));
    const auto who = running.take();
    who->say(event("1", "{}"));
    who->finish();
    BOOST_TEST(one.receive().value().status == 200);
    one.read_until("\n\n");
    BOOST_TEST(one.read_until("\n\n") == "event: queue\nid: 1\ndata: {}\n\n");
    BOOST_TEST(one.read_until("more").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_large_event_comes_whole_however_slowly_it_is_read) {
  streaming_server running;
  raw_client client{running.listener.port()};
  client.shrink_receive_buffer();
  client.send(get("/events"));
  client.receive();
  client.read_until("\n\n");
  const auto who = running.take();
  const auto large = std::make_shared<const std::string>(200 << 10, 'x'); // ten times the socket's buffer
  who->say({"seats", "1", {}, large});
  who->say(event("2", "{}"));
  const auto got = client.read_until("\n\n");
  BOOST_TEST(got.size() == large->size() + std::string_view{"event: seats\nid: 1\ndata: \n\n"}.size());
  BOOST_TEST(client.read_until("\n\n") == "event: queue\nid: 2\ndata: {}\n\n");
}

BOOST_AUTO_TEST_CASE(a_listener_that_does_not_read_is_dropped_and_counted) {
  server_options with;
  with.write_timeout = 200ms;
  streaming_server running{with};
  raw_client client{running.listener.port()};
  client.shrink_receive_buffer();
  client.send(get("/events"));
  const std::weak_ptr<live_listener> who = [&] {
    const auto one = running.take();
    one->say({"seats", "1", {}, std::make_shared<const std::string>(8 << 20, 'x')});
    return one;
  }();
  // Another one is served meanwhile.
  raw_client reader{running.listener.port()};
  reader.send(get("/events"));
  reader.receive();
  reader.read_until("\n\n");
  const auto other = running.take();
  const auto until = std::chrono::steady_clock::now() + raw_client::patience;
  int said = 0;
  while (!who.expired() && std::chrono::steady_clock::now() < until) {
    other->say(event(std::to_string(++said), "{}"));
    BOOST_TEST(reader.read_until("\n\n") == "event: queue\nid: " + std::to_string(said) + "\ndata: {}\n\n");
  }
  BOOST_TEST(who.expired());
  BOOST_TEST(running.figure(R"(frontrow_listeners_dropped_total{stream="queue"})") == "1");
  BOOST_TEST(running.count.open() == 1U);
}

BOOST_AUTO_TEST_CASE(a_listener_that_leaves_lets_go_of_everything) {
  streaming_server running;
  std::vector<std::weak_ptr<live_listener>> gone;
  for (int each = 0; each < 20; ++each) {
    raw_client client{running.listener.port()};
    client.send(get("/events"));
    client.receive();
    gone.push_back(running.take());
  }
  const auto until = std::chrono::steady_clock::now() + raw_client::patience;
  while (running.count.open() > 0 && std::chrono::steady_clock::now() < until)
    BOOST_TEST(raw_client{running.listener.port()}.ask(get("/hello")).status == 200);
  BOOST_TEST(running.count.open() == 0U);
  for (const auto& each : gone)
    BOOST_TEST(each.expired());
}

BOOST_AUTO_TEST_CASE(one_that_talks_is_cut_off) {
  streaming_server running;
  raw_client client{running.listener.port()};
  client.send(get("/events"));
  client.receive();
  client.send(std::string(64 * 1024, 'x'));
  client.wait_for_end();
  raw_client fresh{running.listener.port()};
  BOOST_TEST(fresh.ask(get("/hello")).status == 200);
}

BOOST_AUTO_TEST_CASE(listeners_sent_away_are_told_when_to_come_back_each_at_a_time_of_its_own) {
  server_options with;
  with.listener_spread = 9s;
  streaming_server running{with};
  std::vector<raw_client> clients;
  std::vector<std::shared_ptr<scripted_listener>> kept;
  for (int each = 0; each < 30; ++each) {
    clients.emplace_back(running.listener.port());
    clients.back().send(get("/events"));
    clients.back().receive();
    clients.back().read_until("\n\n");
    kept.push_back(running.take());
  }
  running.listener.send_listeners_away();
  std::set<int> times;
  for (auto& client : clients) {
    const auto said = client.read_until("more");
    const auto at = said.find("retry: ");
    BOOST_TEST_REQUIRE(at != std::string::npos, said);
    times.insert(std::stoi(said.substr(at + 7)));
  }
  BOOST_TEST(times.size() > 20U);
  BOOST_TEST(*times.begin() >= 1'000);
  BOOST_TEST(*times.rbegin() <= 9'000);
  BOOST_TEST(raw_client{running.listener.port()}.ask(get("/hello")).status == 200); // requests go on
}

BOOST_AUTO_TEST_CASE(a_websocket_brings_the_same_bodies_and_a_regular_end) {
  streaming_server running;
  socket_client client{running.listener.port()};
  const auto who = running.take();
  who->say(event("1", R"({"a":1})"));
  who->say(event("2", R"({"a":2})"));
  BOOST_TEST(client.read().value_or("") == R"({"a":1})");
  client.write("hello?"); // is not answered, and harms nothing
  BOOST_TEST(client.read().value_or("") == R"({"a":2})");
  who->finish();
  BOOST_TEST(!client.read().has_value());
  BOOST_TEST(client.reason().code == beast::websocket::close_code::normal);
}

BOOST_AUTO_TEST_CASE(a_websocket_sent_away_is_told_when_to_come_back) {
  streaming_server running;
  socket_client client{running.listener.port()};
  const auto who = running.take();
  who->say(event("1", "{}"));
  BOOST_TEST(client.read().has_value());
  running.listener.send_listeners_away();
  BOOST_TEST(!client.read().has_value());
  BOOST_TEST(client.reason().code == beast::websocket::close_code::service_restart);
  BOOST_TEST(std::string{client.reason().reason.c_str()}.starts_with(R"({"retryMs":)"));
}

BOOST_AUTO_TEST_CASE(a_websocket_that_chatters_or_speaks_at_length_is_closed) {
  streaming_server running;
  {
    socket_client client{running.listener.port()};
    for (int each = 0; each < 40; ++each)
      client.write("x");
    BOOST_TEST(!client.read().has_value());
  }
  socket_client client{running.listener.port()};
  client.write(std::string(4'000, 'x'));
  BOOST_TEST(!client.read().has_value());
  BOOST_TEST(client.reason().code == beast::websocket::close_code::too_big);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_all_streams_at_once) {
  server_options with;
  with.stop_timeout = 20s;
  streaming_server running{with};
  raw_client events{running.listener.port()};
  events.send(get("/events"));
  events.receive();
  socket_client socket{running.listener.port()};
  const auto one = running.take();
  const auto two = running.take();
  auto told = std::async(std::launch::async, [&] {
    return std::pair{events.read_until("more"), socket.read()};
  });
  running.listener.stop();
  const auto [text, message] = told.get();
  BOOST_TEST(text.find("this server stops") != std::string::npos);
  BOOST_TEST(!message.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
