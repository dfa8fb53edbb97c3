#include "links_peer.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "cluster/wire.hpp"

namespace frontrow::cluster::testing {

node_config::node_config(const certificate_files& files, std::chrono::milliseconds connection_timeout) {
  set("middleman.heartbeat-interval", caf::timespan{250ms});
  set("middleman.connection-timeout", caf::timespan{connection_timeout});
  load_transport(*this, security_of(files));
  register_link_messages(*this);
  if (security_of(files) == link_security::tls && files.certificate != nobodys.certificate) {
    set("openssl.certificate", files.certificate);
    set("openssl.key", files.key);
    set("openssl.cafile", files.authority);
  }
}

link_security security_of(const certificate_files& files) {
  return files.certificate.empty() && files.authority.empty() ? link_security::plain : link_security::tls;
}

member member_of(node_number number, const std::string& incarnation, const std::string& address) {
  member one;
  one.number = number;
  one.incarnation = incarnation;
  one.address = address;
  return one;
}

// ---- processes

peer_process::peer_process(const settings& how) : number_(how.number), incarnation_(how.incarnation) {
  start({"--peer", how.cluster, std::to_string(how.number), how.incarnation, std::to_string(how.port),
         how.files.certificate, how.files.key, how.files.authority});
  std::istringstream said{line()};
  std::string word;
  said >> word >> port_;
}

peer_process::peer_process(const stranger& how) {
  start({"--stranger", std::to_string(how.port), std::to_string(how.protocol), how.cluster,
         std::to_string(how.number), how.incarnation, std::to_string(how.to), how.to_incarnation,
         how.files.certificate, how.files.key, how.files.authority});
}

void peer_process::start(const std::vector<std::string>& arguments) {
  int to_child[2];
  int from_child[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
    std::abort();
  std::vector<char*> words{const_cast<char*>("test_links")};
  for (const auto& each : arguments)
    words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::execv("/proc/self/exe", words.data());
    ::_exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  in_ = to_child[1];
  out_ = from_child[0];
}

peer_process::~peer_process() {
  kill();
  ::close(in_);
  ::close(out_);
}

void peer_process::signal(int number) { ::kill(pid_, number); }

void peer_process::freeze() {
  signal(SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void peer_process::kill() {
  if (pid_ <= 0)
    return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string peer_process::line() {
  const auto until = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    if (auto end = unread_.find('\n'); end != std::string::npos) {
      auto said = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return said;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd one{out_, POLLIN, 0};
    char buffer[4096];
    if (left <= 0 || ::poll(&one, 1, static_cast<int>(left)) <= 0)
      return {};
    const auto got = ::read(out_, buffer, sizeof buffer);
    if (got <= 0)
      return {};
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
}

bool peer_process::says(const std::string& expected) {
  for (auto said = line(); !said.empty(); said = line())
    if (said == expected)
      return true;
  return false;
}

void peer_process::command(const std::string& text) {
  const auto whole = text + '\n';
  (void)!::write(in_, whole.data(), whole.size());
}

void peer_process::members(const std::vector<member>& all) {
  std::string text = "members";
  for (const auto& each : all)
    text += " " + std::to_string(each.number) + " " + each.incarnation + " " + each.address;
  command(text);
}

// ---- this process

local_node::own_config::own_config(const settings& how) : node_config(how.files, how.connection_timeout) {
  add_message_type<known_here_only>("known_here_only");
}

local_node::local_node(const settings& how)
    : number(how.number), config_(how), system(config_),
      all(system, {"test", how.number, "here"}, how.limits, security_of(how.files),
          {.letter = [](envelope) {},
           .answer =
               [this](const return_address& whom, const caf::message& what) {
                 if (on_answer)
                   return on_answer(whom.node);
                 std::lock_guard lock{mutex_};
                 answered.push_back(whom);
                 answers.push_back(what);
                 changed_.notify_all();
               },
           .told = [](node_number, const news&) {},
           .up =
               [this](node_number peer) {
                 std::lock_guard lock{mutex_};
                 happened.push_back("up " + std::to_string(peer));
                 changed_.notify_all();
               },
           .down =
               [this](node_number peer) {
                 std::lock_guard lock{mutex_};
                 happened.push_back("down " + std::to_string(peer));
                 changed_.notify_all();
               }}) {
  port = all.open("127.0.0.1", 0).value_or(0);
}

bool local_node::await(const std::function<bool()>& what) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, deadline, what);
}

std::size_t local_node::count(const std::string& what) {
  return static_cast<std::size_t>(std::count(happened.begin(), happened.end(), what));
}
std::size_t local_node::ups(node_number peer) {
  std::lock_guard lock{mutex_};
  return count("up " + std::to_string(peer));
}
std::size_t local_node::downs(node_number peer) {
  std::lock_guard lock{mutex_};
  return count("down " + std::to_string(peer));
}
bool local_node::await_up(node_number peer, std::size_t times) {
  return await([&] { return count("up " + std::to_string(peer)) >= times; });
}
bool local_node::await_down(node_number peer, std::size_t times) {
  return await([&] { return count("down " + std::to_string(peer)) >= times; });
}

// ---- the log

namespace {

class log_catcher : public spdlog::sinks::sink {
public:
  void log(const spdlog::details::log_msg& message) override {
    std::lock_guard lock{mutex_};
    lines_.emplace_back(message.payload.data(), message.payload.size());
    changed_.notify_all();
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  bool await(const std::string& part) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, deadline, [&] {
      return std::any_of(lines_.begin(), lines_.end(),
                         [&](const auto& each) { return each.find(part) != std::string::npos; });
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

std::shared_ptr<log_catcher> caught = std::make_shared<log_catcher>();

} // namespace

void catch_log() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", caught)); }
bool await_log(const std::string& part) { return caught->await(part); }

// ---- roles of other processes

namespace {

void say(const std::string& what) {
  static std::mutex mutex;
  std::lock_guard lock{mutex};
  std::cout << what << std::endl;
}

std::vector<member> read_members(std::istringstream& words) {
  std::vector<member> all;
  node_number number = 0;
  std::string incarnation;
  std::string address;
  while (words >> number >> incarnation >> address)
    all.push_back(member_of(number, incarnation, address));
  return all;
}

caf::message echo_of(const envelope& letter) {
  return caf::make_message(static_cast<std::uint8_t>(letter.to.kind), letter.to.id, letter.shard, letter.epoch,
                           letter.command.high, letter.command.low, letter.trace, letter.payload);
}

std::string said_by(const news& what) {
  if (auto at = std::get_if<shard_at>(&what))
    return "shard_at " + std::to_string(at->shard) + " " + std::to_string(at->epoch);
  if (auto ready = std::get_if<prepared>(&what))
    return "prepared " + std::to_string(ready->shard);
  if (auto catalog = std::get_if<catalog_at>(&what))
    return "catalog_at " + std::to_string(catalog->version);
  return "look";
}

int run_peer(char** words) {
  const certificate_files files{words[4], words[5], words[6]};
  node_config config{files};
  caf::actor_system system{config};
  links* self = nullptr;
  links all{system,
            {words[0], std::stoll(words[1]), words[2]},
            {},
            security_of(files),
            {.letter = [&](envelope letter) { self->answer(letter.from.node, letter.from, echo_of(letter)); },
             .answer = {},
             .told = [](node_number from,
                        const news& what) { say("told " + std::to_string(from) + " " + said_by(what)); },
             .up = [](node_number peer) { say("up " + std::to_string(peer)); },
             .down = [](node_number peer) { say("down " + std::to_string(peer)); }}};
  self = &all;
  const auto port = all.open("127.0.0.1", static_cast<std::uint16_t>(std::stoi(words[3])));
  say("port " + std::to_string(port.value_or(0)));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream rest{line};
    std::string command;
    rest >> command;
    if (command == "members")
      all.members(read_members(rest));
  }
  ::_exit(0);
}

int run_stranger(char** words) {
  const certificate_files files{words[7], words[8], words[9]};
  node_config config{files};
  caf::actor_system system{config};
  const hello mine{static_cast<std::uint16_t>(std::stoi(words[1])), words[2],   std::stoll(words[3]), words[4],
                   std::stoll(words[5]),                            words[6]};
  const auto port = static_cast<std::uint16_t>(std::stoi(words[0]));
  const auto there = security_of(files) == link_security::tls
                         ? caf::openssl::remote_actor<caf::actor>(system, "127.0.0.1", port)
                         : system.middleman().remote_actor<caf::actor>("127.0.0.1", port);
  if (!there) {
    say("unreachable");
    ::_exit(0);
  }
  caf::scoped_actor self{system};
  self->send(*there, mine);
  for (;;)
    self->receive([](const refusal& said) { say("refused " + said.reason); }, [](const welcome&) { say("welcome"); },
                  [](const beat&) {});
}

} // namespace

int run_role(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  if (role != "--peer" && role != "--stranger")
    return -1;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("peer"));
  spdlog::set_level(std::getenv("LOUD") ? spdlog::level::info : spdlog::level::off);
  return role == "--peer" ? run_peer(arguments + 2) : run_stranger(arguments + 2);
}

} // namespace frontrow::cluster::testing
