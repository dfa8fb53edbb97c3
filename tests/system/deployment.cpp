#include "deployment.hpp"

#include "access_token.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <random>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace frontrow::test {

namespace {

/// What was built, or what FRONTROW_PROGRAM names (a build with sanitizers, for one).
std::string program_path() {
  const char* given = std::getenv("FRONTROW_PROGRAM");
  return given != nullptr ? given : FRONTROW_PROGRAM_BUILT;
}

bool is_free(std::uint16_t port) {
  const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(handle);
  return bound;
}

} // namespace

std::uint16_t free_port() {
  // Linux gives 32768 and above to outgoing connections.
  static std::mt19937 engine{std::random_device{}()};
  std::uniform_int_distribution<int> any(20'000, 31'999);
  for (int attempt = 0; attempt < 1'000; ++attempt)
    if (auto port = static_cast<std::uint16_t>(any(engine)); is_free(port))
      return port;
  throw std::runtime_error("no port is free");
}

deployment::deployment(node_settings settings)
    : settings_(std::move(settings)), database_url_(postgres_server::of_this_program().create_database()),
      http_port_(free_port()), admin_port_(free_port()) {
  auto migrated = run_to_end(command({"migrate"}));
  if (migrated.exit_code != 0)
    throw std::runtime_error("frontrow migrate ends with " + std::to_string(migrated.exit_code) + ": " + migrated.errors);
  start();
}

deployment::~deployment() = default;

command_line deployment::command(std::vector<std::string> words) {
  command_line line;
  line.words.push_back(program_path());
  line.words.insert(line.words.end(), settings_.options.begin(), settings_.options.end());
  line.words.insert(line.words.end(), words.begin(), words.end());
  line.environment = {
      {"FRONTROW_HTTP_PORT", std::to_string(http_port_)},
      {"FRONTROW_ADMIN_PORT", std::to_string(admin_port_)},
      {"FRONTROW_DATA_DIR", folder_.path().string()},
      {"FRONTROW_DATABASE_URL", database_url_},
      {"FRONTROW_DEMO", "0"},
      {"FRONTROW_RATE_LIMITS", "0"},
      {"FRONTROW_JWT_SECRET", jwt_secret},
  };
  for (const auto& [name, value] : settings_.environment)
    line.environment[name] = value;
  return line;
}

void deployment::start() {
  http_ = std::make_unique<http_client>(http_port_);
  admin_ = std::make_unique<http_client>(admin_port_);
  program_ = std::make_unique<child_process>(command({}), folder_.path() / "stderr.log");
  auto ready = program_->wait_for_line("ready ", ready_deadline);
  if (!ready)
    throw std::runtime_error("frontrow does not get ready:\n" + error_log());
  auto expected = "ready http://127.0.0.1:" + std::to_string(http_port_) + " admin http://127.0.0.1:" +
                  std::to_string(admin_port_);
  if (*ready != expected)
    throw std::runtime_error("not the line that the contract names: " + *ready);
  std::ifstream token(folder_.path() / "admin-token");
  std::getline(token, admin_token_);
}

void deployment::kill() {
  program_->signal(SIGKILL);
  program_->wait_for_end(stop_deadline);
}

int deployment::stop() {
  http_->forget_connections();
  admin_->forget_connections();
  program_->signal(SIGTERM);
  return program_->wait_for_end(stop_deadline).value_or(-1);
}

http_request deployment::admin_request(const std::string& verb, const std::string& target) {
  http_request request(verb, target);
  request.with("Authorization", "Bearer " + admin_token_);
  return request;
}

namespace {

constexpr std::chrono::seconds made_deadline{30};

json expected(const http_answer& answer, unsigned status, const std::string& target) {
  if (answer.status != status)
    throw std::runtime_error(target + ": " + answer.text());
  return answer.document();
}

} // namespace

json deployment::admin_get(const std::string& target) {
  return expected(admin_->ask(admin_request("GET", target)), 200, target);
}

json deployment::admin_post(const std::string& target, const json& body) {
  auto request = admin_request("POST", target);
  request.with("Idempotency-Key", made_ + std::to_string(++made_count_)).with_json(body);
  const auto until = std::chrono::steady_clock::now() + made_deadline;
  auto answer = admin_->ask(request);
  while (answer.status == 503 && std::chrono::steady_clock::now() < until) // "ask again", as on a slow machine
    answer = admin_->ask(request);
  return expected(answer, 201, target);
}

json deployment::admin_patch(const std::string& target, const json& body) {
  auto request = admin_request("PATCH", target);
  request.with_json(body);
  return expected(admin_->ask(request), 200, target);
}

std::optional<std::string> deployment::audit_complaint() {
  auto done = run_to_end(command({"audit", "--json"}), std::chrono::seconds{120});
  if (done.exit_code == 0 && json::accept(done.output))
    return std::nullopt;
  return "exit code " + std::to_string(done.exit_code) + ": " + done.output + done.errors;
}

std::string deployment::error_log(std::size_t lines_max) const {
  return tail_of(folder_.path() / "stderr.log", lines_max);
}

std::chrono::system_clock::time_point time_of(const std::string& text) {
  std::tm parts{};
  int thousandths = 0;
  if (text.size() != 24 || std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &parts.tm_year, &parts.tm_mon,
                                       &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec,
                                       &thousandths) != 7)
    throw std::runtime_error("no time as the API writes it: " + text);
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(::timegm(&parts)) + std::chrono::milliseconds{thousandths};
}

std::string text_of(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::ostringstream out;
  out << std::string_view(text, length) << '.' << std::setw(3) << std::setfill('0')
      << std::chrono::duration_cast<std::chrono::milliseconds>(time - whole).count() << 'Z';
  return out.str();
}

} // namespace frontrow::test
