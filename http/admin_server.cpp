#include "http/admin_server.hpp"

#include "config/log_line.hpp"
#include "http/target.hpp"

#include <array>
#include <cerrno>
#include <httplib.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace frontrow::http {

using std::chrono::steady_clock;

namespace {

/// A scraper may keep its connection; httplib's own limit of five requests would only cost handshakes.
constexpr std::size_t requests_per_connection_max = 1'000;

/// In constant time, whatever the lengths: compares digests.
bool same_secret(std::string_view left, std::string_view right) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> of_left{};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> of_right{};
  SHA256(reinterpret_cast<const unsigned char*>(left.data()), left.size(), of_left.data());
  SHA256(reinterpret_cast<const unsigned char*>(right.data()), right.size(), of_right.data());
  return CRYPTO_memcmp(of_left.data(), of_right.data(), of_left.size()) == 0;
}

/// The value of a header within the request itself; its data() is null when absent.
std::string_view header_of(const httplib::Request& from, const char* name) {
  auto found = from.headers.find(name);
  return found != from.headers.end() ? std::string_view{found->second} : std::string_view{};
}

void fill_in(admin_request& asked, const httplib::Request& from) {
  asked.verb = method_of(from.method);
  asked.body = from.body;
  asked.peer = peer_address::parse(from.remote_addr);
  asked.headers.accept_encoding = header_of(from, "Accept-Encoding");
  asked.headers.host = header_of(from, "Host");
  asked.headers.authorization = header_of(from, "Authorization");
  asked.headers.content_type = header_of(from, "Content-Type");
  asked.headers.idempotency_key = header_of(from, "Idempotency-Key");
  asked.headers.if_none_match = header_of(from, "If-None-Match");
  asked.headers.trace_id = header_of(from, "X-Trace-Id");
  settle_trace_id(asked);
}

void send(const request& asked, const response& answered, httplib::Response& into) {
  into.status = static_cast<int>(answered.status);
  into.set_header("X-Trace-Id", asked.trace_id);
  into.set_header("X-Content-Type-Options", "nosniff");
  if (answered.header("Cache-Control").empty())
    into.set_header("Cache-Control", "no-store");
  for (const auto& [name, value] : answered.headers)
    into.set_header(std::string{name}, value);
  if (!answered.body().empty())
    into.set_content(std::string{answered.body()}, std::string{answered.content_type});
}

/// What httplib refuses by itself comes with a status alone.
error_code code_of(int status) {
  switch (status) {
  case 413:
    return error_code::payload_too_large;
  case 414:
  case 431:
    return error_code::headers_too_large;
  case 404:
    return error_code::not_found;
  case 500:
    return error_code::internal;
  default:
    return error_code::invalid_request;
  }
}

} // namespace

struct admin_server::state {
  state(const admin_server_options& with, parts of)
      : options(with), own(std::move(of)), counted(own.figures, "admin", own.routes), log(own.access) {}

  void prepare();
  void answer(const httplib::Request& from, httplib::Response& into);
  response handle(admin_request& asked, const httplib::Request& from, std::string& decoded_path);
  std::optional<response> turned_away(admin_request& asked, const httplib::Request& from);

  admin_server_options options;
  parts own;
  request_metrics counted;
  access_log log;
  httplib::Server listener;
  std::uint16_t port = 0;
  std::thread thread;
};

void admin_server::state::prepare() {
  listener.new_task_queue = [threads = options.threads] { return new httplib::ThreadPool(threads); };
  // httplib's default is SO_REUSEPORT, with which a second server on the port would go unnoticed.
  listener.set_socket_options([](auto socket) {
    int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  listener.set_tcp_nodelay(true);
  listener.set_payload_max_length(options.body_bytes_max);
  listener.set_read_timeout(options.read_timeout);
  listener.set_write_timeout(options.write_timeout);
  listener.set_keep_alive_max_count(requests_per_connection_max);
  listener.set_keep_alive_timeout(
      std::max<time_t>(1, std::chrono::duration_cast<std::chrono::seconds>(options.idle_timeout).count()));
  auto all = [this](const httplib::Request& from, httplib::Response& into) { answer(from, into); };
  listener.Get(".*", all);
  listener.Post(".*", httplib::Server::Handler{all});
  listener.Put(".*", httplib::Server::Handler{all});
  listener.Patch(".*", httplib::Server::Handler{all});
  listener.Delete(".*", httplib::Server::Handler{all});
  listener.Options(".*", all);
  listener.set_error_handler(
      httplib::Server::Handler{[this](const httplib::Request& from, httplib::Response& into) {
        if (into.has_header("X-Trace-Id"))
          return;
        admin_request asked;
        fill_in(asked, from);
        auto answered = asked.problem(code_of(into.status), "This request was not understood");
        send(asked, answered, into);
        counted.count(nullptr, answered.status, 0);
        log.write(asked, 0, answered, 0);
      }});
}

std::optional<response> admin_server::state::turned_away(admin_request& asked, const httplib::Request& from) {
  auto missed = without_route(asked, own.routes);
  auto is_open = asked.matched != nullptr && asked.matched->who == access::open;
  if (!is_open) {
    // Before 404 and 405: who has no token learns nothing of what is here.
    auto token = bearer_token(asked.headers.authorization);
    if (!token || !same_secret(*token, options.token))
      return asked.problem(error_code::unauthorized,
                           "The operators' token is needed: Authorization: Bearer <token>");
  }
  if (missed)
    return missed;
  if (from.is_multipart_form_data())
    return asked.problem(error_code::unsupported_media_type, "Content-Type must be application/json");
  return without_json_type(asked);
}

response admin_server::state::handle(admin_request& asked, const httplib::Request& from,
                                     std::string& decoded_path) {
  auto target = parse_target(from.target, decoded_path);
  if (target.result == parsed_target::outcome::malformed)
    return asked.invalid("The request target is malformed");
  if (target.result == parsed_target::outcome::no_path)
    return asked.problem(error_code::not_found, "There is nothing at this path");
  asked.path = target.path;
  asked.query_text = target.query;
  asked.received_at = own.now();
  if (auto refused = turned_away(asked, from))
    return std::move(*refused);
  return own.routes.handler_of(*asked.matched)(asked);
}

void admin_server::state::answer(const httplib::Request& from, httplib::Response& into) {
  auto begun = steady_clock::now();
  admin_request asked;
  fill_in(asked, from);
  std::string decoded_path;
  response answered;
  try {
    answered = handle(asked, from, decoded_path);
  } catch (const std::exception& thrown) {
    if (own.errors) {
      config::log_line line{"an operators' handler failed"};
      line.with("what", thrown.what()).with("traceId", asked.trace_id);
      own.errors->log(spdlog::level::err, spdlog::string_view_t{line.text()});
    }
    answered = asked.problem(error_code::internal, "The request failed; the trace id tells more in the log");
  }
  send(asked, answered, into);
  auto seconds = std::chrono::duration<double>(steady_clock::now() - begun).count();
  counted.count(asked.matched, answered.status, seconds);
  log.write(asked, 0, answered, seconds);
}

admin_server::admin_server(const admin_server_options& options, parts with)
    : state_(std::make_unique<state>(options, std::move(with))) {
  if (options.token.empty())
    throw std::invalid_argument("the operators' token is empty");
  state_->prepare();
  errno = 0;
  auto any = options.port == 0;
  auto got = any ? state_->listener.bind_to_any_port(options.address)
                 : (state_->listener.bind_to_port(options.address, options.port) ? int{options.port} : -1);
  if (got <= 0)
    throw std::system_error(errno != 0 ? errno : EADDRNOTAVAIL, std::generic_category(),
                            "cannot listen on " + options.address + " port " + std::to_string(options.port));
  state_->port = static_cast<std::uint16_t>(got);
}

admin_server::~admin_server() {
  stop();
}

void admin_server::start() {
  state_->thread = std::thread{[this] { state_->listener.listen_after_bind(); }};
  // stop() on a listener that is not running yet would be lost.
  while (!state_->listener.is_running())
    std::this_thread::yield();
}

void admin_server::stop() {
  if (!state_->thread.joinable())
    return;
  state_->listener.stop();
  state_->thread.join();
}

std::uint16_t admin_server::port() const {
  return state_->port;
}

} // namespace frontrow::http
