#include "bench/contest/redis_server.hpp"

#include "tests/system/deployment.hpp"

#include <sstream>
#include <stdexcept>

namespace frontrow::bench {

namespace {

constexpr std::chrono::seconds patience{20};

test::command_line line_of(std::uint16_t port, const std::string& folder, const std::string& append_fsync) {
  return {{"redis-server", "--port", std::to_string(port), "--bind", "127.0.0.1", "--dir", folder, "--save",
           "", "--appendonly", "yes", "--appendfsync", append_fsync, "--daemonize", "no"},
          {}};
}

} // namespace

redis_server::redis_server(const std::string& append_fsync)
    : port_(test::free_port()),
      program_(line_of(port_, folder_.path().string(), append_fsync), folder_.path() / "stderr.log") {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (ask({"ping"}) != std::vector<std::string>{"PONG"})
    if (!program_.is_running() || std::chrono::steady_clock::now() > until)
      throw std::runtime_error("redis-server does not get ready:\n" + program_.output() +
                               test::tail_of(folder_.path() / "stderr.log", 10));
}

std::vector<std::string> redis_server::ask(std::vector<std::string> command) const {
  test::command_line line{{"redis-cli", "-p", std::to_string(port_)}, {}};
  line.words.insert(line.words.end(), command.begin(), command.end());
  std::istringstream text(test::run_to_end(line).output);
  std::vector<std::string> lines;
  for (std::string each; std::getline(text, each);)
    lines.push_back(each);
  return lines;
}

} // namespace frontrow::bench
