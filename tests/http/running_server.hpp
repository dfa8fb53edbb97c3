#pragma once

#include "http/await_answer.hpp"
#include "http/server.hpp"
#include "tests/http/raw_client.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <semaphore>

namespace frontrow::http_test {

using namespace frontrow::http;

inline constexpr domain::instant test_now{std::chrono::seconds{1'800'000'000}};

/// Slots of requests to /slow, for the test to answer when it likes.
class held_answers {
public:
  void put(answer_slot<std::string> slot) {
    std::lock_guard lock{mutex_};
    slots_.push_back(std::move(slot));
    came_.notify_all();
  }
  answer_slot<std::string> take() {
    std::unique_lock lock{mutex_};
    if (!came_.wait_for(lock, raw_client::patience, [this] { return !slots_.empty(); }))
      throw std::runtime_error("no request came to /slow");
    auto slot = std::move(slots_.front());
    slots_.pop_front();
    return slot;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<answer_slot<std::string>> slots_;
};

/// A server on a free port with a handful of routes.
struct running_server {
  explicit running_server(server_options with = {},
                          rate_limit_options limited = {rate_limit_options::state::off, {}, {}},
                          std::shared_ptr<spdlog::logger> access = nullptr)
      : limits(limited), door((add_routes(), front_door::parts{routes, tokens, limits, figures, access,
                                                               nullptr, [] { return test_now; }})),
        listener(on_any_port(with), door) {
    listener.start();
  }

  static server_options on_any_port(server_options with) {
    with.port = 0;
    if (with.threads == 0)
      with.threads = 2;
    return with;
  }

  void add_routes() {
    using asked_type = request_context;
    routes.add(method::get, "/hello", "hello", access::open,
               [](asked_type&) -> awaitable<response> { co_return json_text(200, R"({"hello":1})"); });
    routes.add(method::get, "/large", "large", access::open, [](asked_type&) -> awaitable<response> {
      static const auto text = std::make_shared<const std::string>(8 << 20, 'x');
      co_return shared_json(text);
    });
    routes.add(method::post, "/echo", "echo", access::open,
               [](asked_type& asked) -> awaitable<response> {
                 co_return json_text(201, std::string{asked.body});
               });
    routes.add(
        method::get, "/slow", "slow", access::open, [this](asked_type& asked) -> awaitable<response> {
          auto text = co_await await_answer<std::string>(
              [this](answer_slot<std::string> slot) { held.put(std::move(slot)); });
          co_return text ? json_text(200, *text) : asked.problem(error_code::unavailable, "nobody answered");
        });
    routes.add(method::get, "/holds-its-thread", "hold", access::open, [this](asked_type&) -> awaitable<response> {
      thread_is_held.release();
      let_thread_go.acquire();
      co_return no_content();
    });
    routes.add(method::get, "/throws", "throws", access::open, [](asked_type&) -> awaitable<response> {
      throw std::runtime_error("secret inner workings");
      co_return response{};
    });
    routes.add(
        method::get, "/things/{thingId:id}/parts/{part}", "getPart", access::open,
        [](asked_type& asked) -> awaitable<response> {
          auto query = asked.query();
          auto limit = query.limit(20, 100);
          if (auto wrong = query.finish())
            co_return asked.invalid(*wrong);
          nlohmann::json body{{"thing", asked.id("thingId")}, {"part", asked.text("part")}, {"limit", limit}};
          co_return json_text(200, body.dump());
        });
    routes.add(method::get, "/me", "getMe", access::login,
               [](asked_type& asked) -> awaitable<response> {
                 co_return json_text(200, std::to_string(asked.caller));
               });
    routes.add(method::get, "/maybe", "maybeMe", access::optional,
               [](asked_type& asked) -> awaitable<response> {
                 co_return json_text(200, std::to_string(asked.caller));
               });
    routes.add(method::post, "/orders", "placeOrder", access::open,
               [](asked_type& asked) -> awaitable<response> {
                 auto body = asked.json();
                 auto amount = body.require_money("amount");
                 if (auto wrong = body.finish())
                   co_return asked.invalid(*wrong);
                 nlohmann::json answer{
                     {"amount", amount}, {"key", asked.idempotency_key}, {"token", asked.queue_token}};
                 co_return json_text(201, answer.dump());
               });
  }

  std::uint16_t port() const { return listener.port(); }

  held_answers held;
  std::binary_semaphore thread_is_held{0}, let_thread_go{0}; ///< of /holds-its-thread
  public_router routes;
  access_tokens tokens{access_token_options{.secret = "0123456789abcdef0123456789abcdef", .public_key = {}}};
  rate_limits limits;
  metrics figures;
  front_door door;
  server listener;
};

} // namespace frontrow::http_test
