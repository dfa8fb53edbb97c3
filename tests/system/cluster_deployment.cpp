#include "cluster_deployment.hpp"

#include "access_token.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <stdexcept>

namespace frontrow::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::string program_path() {
  const char* given = std::getenv("FRONTROW_PROGRAM");
  return given != nullptr ? given : FRONTROW_PROGRAM_BUILT;
}

constexpr milliseconds look_again{20};

/// The port in "http://127.0.0.1:1234" after `word`.
std::uint16_t port_after(const std::string& line, const std::string& word) {
  const auto at = line.find(word);
  const auto colon =
      at == std::string::npos ? at : line.find(':', at + word.size() + std::string("http:").size());
  if (colon == std::string::npos)
    throw std::runtime_error("not the line that the contract names: " + line);
  return static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
}

} // namespace

cluster_deployment::cluster_deployment(cluster_shape shape)
    : shape_(std::move(shape)),
      database_url_(shape_.database_url.empty() ? postgres_server::of_this_program().create_database()
                                                : shape_.database_url),
      clock_(0) {
  auto migrated = run_to_end(command({"migrate"}));
  if (migrated.exit_code != 0)
    throw std::runtime_error("frontrow migrate ends with " + std::to_string(migrated.exit_code) + ": " +
                             migrated.errors);
  add_node(); // alone: it makes the secrets
  add_nodes(shape_.nodes - 1);
  for (int at = 0; at < shape_.fronts; ++at)
    add_front();
}

cluster_deployment::~cluster_deployment() = default;

command_line cluster_deployment::command(std::vector<std::string> words, const process_terms& terms) const {
  command_line line;
  line.words = terms.wrapper;
  line.words.push_back(program_path());
  line.words.insert(line.words.end(), shape_.options.begin(), shape_.options.end());
  line.words.insert(line.words.end(), terms.options.begin(), terms.options.end());
  line.words.insert(line.words.end(), words.begin(), words.end());
  line.environment = {{"FRONTROW_DATA_DIR", folder_.path().string()},
                      {"FRONTROW_DATABASE_URL", database_url_},
                      {"FRONTROW_HTTP_PORT", "0"},
                      {"FRONTROW_ADMIN_PORT", "0"},
                      {"FRONTROW_DEMO", "0"},
                      {"FRONTROW_RATE_LIMITS", "0"},
                      {"FRONTROW_JWT_SECRET", jwt_secret}};
  for (const auto& [name, value] : terms.environment)
    line.environment[name] = value;
  return line;
}

cluster_deployment::process cluster_deployment::launch(const std::string& name, const std::string& roles,
                                                       const process_terms& terms) {
  process one;
  one.name = name;
  one.program = std::make_unique<child_process>(
      command({"--node.name=" + name, "--node.roles=" + roles}, terms), folder_.path() / (name + ".log"));
  return one;
}

void cluster_deployment::wait_ready(process& one) {
  auto ready = one.program->wait_for_line("ready ", patience);
  if (!ready)
    throw std::runtime_error(one.name + " does not get ready:\n" + error_log(one.name));
  if (ready->starts_with("ready http"))
    one.http_port = port_after(*ready, "ready ");
  if (ready->find("admin http") == std::string::npos)
    return;
  std::ifstream token(folder_.path() / "admin-token");
  std::getline(token, admin_token_);
  if (ready->find("admin http://127.0.0.1:") == std::string::npos)
    return; // in a network of its own: others are asked
  one.admin_port = port_after(*ready, "admin ");
  one.admin = std::make_unique<http_client>(one.admin_port);
}

std::string cluster_deployment::add_node(const process_terms& terms) {
  nodes_.push_back(launch("node-" + std::to_string(++last_node_), "shards,admin", terms));
  wait_ready(nodes_.back());
  return nodes_.back().name;
}

std::vector<std::string> cluster_deployment::add_nodes(int count) {
  std::vector<std::string> names;
  for (int at = 0; at < count; ++at) {
    nodes_.push_back(launch("node-" + std::to_string(++last_node_), "shards,admin", {}));
    names.push_back(nodes_.back().name);
  }
  for (const auto& name : names)
    wait_ready(find(name));
  return names;
}

std::string cluster_deployment::add_front() {
  fronts_.push_back(launch("front-" + std::to_string(++last_front_), "front", {}));
  wait_ready(fronts_.back());
  return fronts_.back().name;
}

cluster_deployment::process& cluster_deployment::find(const std::string& name) {
  for (auto* all : {&nodes_, &fronts_})
    for (auto& each : *all)
      if (each.name == name)
        return each;
  throw std::runtime_error("there is no " + name);
}

void cluster_deployment::kill(const std::string& name) {
  auto& one = find(name);
  one.program->signal(SIGKILL);
  one.program->wait_for_end(patience);
}

void cluster_deployment::kill_both(const std::string& one, const std::string& other) {
  find(one).program->signal(SIGKILL);
  kill(other);
  find(one).program->wait_for_end(patience);
}

void cluster_deployment::freeze(const std::string& name) {
  auto& one = find(name);
  one.program->signal(SIGSTOP);
  one.is_frozen = true;
}

void cluster_deployment::thaw(const std::string& name) {
  auto& one = find(name);
  one.program->signal(SIGCONT);
  one.is_frozen = false;
}

void cluster_deployment::drain(const std::string& name) {
  admin_post(202, "/admin/v1/nodes/" + id_of(name) + "/drain", json::object());
}

std::optional<int> cluster_deployment::terminate(const std::string& name) {
  auto& one = find(name);
  one.program->signal(SIGTERM);
  return one.program->wait_for_end(patience);
}

std::optional<int> cluster_deployment::wait_for_end(const std::string& name, std::chrono::seconds deadline) {
  return find(name).program->wait_for_end(deadline);
}

std::vector<std::string> cluster_deployment::living() const {
  std::vector<std::string> names;
  for (const auto& each : nodes_)
    if (!each.is_frozen && each.program->is_running())
      names.push_back(each.name);
  return names;
}

std::string cluster_deployment::leader() {
  const auto now = status();
  for (const auto& node : now.at("nodes"))
    if (node.at("leader") == true && node.at("roles").dump().find("shards") != std::string::npos)
      return node.at("name");
  return {};
}

std::vector<std::uint16_t> cluster_deployment::front_ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& each : fronts_)
    ports.push_back(each.http_port);
  return ports;
}

http_request cluster_deployment::admin_request(const std::string& verb, const std::string& target) const {
  http_request request(verb, target);
  request.with("Authorization", "Bearer " + admin_token_);
  return request;
}

http_answer cluster_deployment::ask_node(const std::string& name, const std::string& verb,
                                         const std::string& target) {
  return find(name).admin->ask(admin_request(verb, target));
}

http_answer cluster_deployment::ask_any(const std::string& verb, const std::string& target,
                                        const json& body) {
  http_answer last;
  last.lost = "no node lives";
  const auto until = steady_clock::now() + patience;
  do {
    for (const auto& name : living()) {
      if (!find(name).admin)
        continue;
      auto request = admin_request(verb, target);
      if (!body.is_null())
        request.with("Idempotency-Key", "same").with_json(body);
      last = find(name).admin->ask(request);
      if (last.status != 0 && last.status != 503)
        return last;
    }
    clock_.run(clock_.pause(look_again));
  } while (steady_clock::now() < until);
  return last;
}

json cluster_deployment::admin_get(const std::string& target) {
  auto answer = ask_any("GET", target, nullptr);
  if (answer.status != 200)
    throw std::runtime_error(target + ": " + answer.text());
  return answer.document();
}

json cluster_deployment::admin_post(unsigned status, const std::string& target, const json& body) {
  auto answer = ask_any("POST", target, body);
  if (answer.status != status)
    throw std::runtime_error(target + ": " + answer.text());
  return answer.document();
}

json cluster_deployment::admin_patch(const std::string& target, const json& body) {
  auto answer = ask_any("PATCH", target, body);
  if (answer.status != 200)
    throw std::runtime_error(target + ": " + answer.text());
  return answer.document();
}

std::string cluster_deployment::id_of(const std::string& name) {
  const auto now = status();
  for (const auto& node : now.at("nodes"))
    if (node.at("name") == name)
      return node.at("id");
  return {};
}

std::map<std::string, int> cluster_deployment::shards_by_node() {
  std::map<std::string, int> counts;
  const auto now = status();
  for (const auto& node : now.at("nodes"))
    if (node.at("roles").dump().find("shards") != std::string::npos)
      counts[node.at("name")] = node.at("shards");
  return counts;
}

bool cluster_deployment::wait_until(const std::function<bool()>& so, std::chrono::seconds deadline) {
  const auto until = steady_clock::now() + deadline;
  while (!so()) {
    if (steady_clock::now() > until)
      return false;
    clock_.run(clock_.pause(look_again));
  }
  return true;
}

std::optional<milliseconds> cluster_deployment::wait_balanced(const std::vector<std::string>& but) {
  const auto began = steady_clock::now();
  const bool balanced = wait_until([&] {
    auto counts = shards_by_node();
    for (const auto& name : but)
      if (auto found = counts.find(name); found != counts.end()) {
        if (found->second != 0)
          return false;
        counts.erase(found);
      }
    auto names = living();
    std::erase_if(names,
                  [&](const auto& name) { return std::find(but.begin(), but.end(), name) != but.end(); });
    int all = 0, most = 0, least = shards;
    for (const auto& [name, count] : counts) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        return false;
      all += count;
      most = std::max(most, count);
      least = std::min(least, count);
    }
    return counts.size() == names.size() && all == shards && most - least <= 1 &&
           number("select count(*) from shard where wanted_node is not null and wanted_node <> 0") == 0;
  });
  if (!balanced)
    return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
}

std::string cluster_deployment::query(const std::string& statement) const {
  return postgres_server::of_this_program().query(database_url_, statement);
}

std::int64_t cluster_deployment::database_now() const {
  return number("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
}

std::int64_t cluster_deployment::open_concert(const json& queue) {
  static int last = 0;
  json concert{{"title", "Concert " + std::to_string(++last)}, {"queue", queue}};
  auto request = admin_request("POST", "/admin/v1/concerts");
  request.with_json(concert);
  auto made = find(living().front()).admin->ask(request);
  if (made.status != 201)
    throw std::runtime_error("a new concert: " + made.text());
  return made.document().at("concertId");
}

std::int64_t cluster_deployment::open_option(std::int64_t concert, const json& terms) {
  json option{{"title", "An evening"},
              {"startsAt", "2031-12-24T11:00:00.000Z"},
              {"durationMinutes", 120},
              {"price", 1'000}};
  if (terms.contains("sections"))
    option.erase("price");
  option.update(terms);
  auto request = admin_request("POST", "/admin/v1/concerts/" + std::to_string(concert) + "/options");
  request.with_json(option);
  auto made = find(living().front()).admin->ask(request);
  if (made.status != 201)
    throw std::runtime_error("a new option: " + made.text());
  const std::int64_t id = made.document().at("optionId");
  const auto target = "/api/v1/options/" + std::to_string(id) + "/seats";
  for (const auto& front : fronts_) {
    http_client client(front.http_port);
    if (!wait_until([&] { return client.ask(http_request("GET", target)).status == 200; }))
      throw std::runtime_error(front.name + " does not learn of a new option");
  }
  return id;
}

std::optional<std::string> cluster_deployment::audit_complaint() const {
  auto done = run_to_end(command({"audit", "--json"}), std::chrono::seconds{120});
  if (done.exit_code == 0 && json::accept(done.output))
    return std::nullopt;
  return "exit code " + std::to_string(done.exit_code) + ": " + done.output + done.errors;
}

/// Without the lines of single requests.
std::string cluster_deployment::error_log(const std::string& name, std::size_t lines_max) const {
  std::ifstream in(folder_.path() / (name + ".log"));
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    if (line.find(" access: request ") != std::string::npos)
      continue;
    last.push_back(std::move(line));
    if (last.size() > lines_max)
      last.pop_front();
  }
  std::string text;
  for (const auto& line : last)
    text += line + "\n";
  return text;
}

std::string cluster_deployment::error_logs(std::size_t lines_max) const {
  std::string all;
  for (const auto* group : {&nodes_, &fronts_})
    for (const auto& each : *group)
      all += "---- " + each.name +
             (each.is_frozen               ? " (frozen)"
              : each.program->is_running() ? ""
                                           : " (ended)") +
             "\n" + error_log(each.name, lines_max);
  return all;
}

} // namespace frontrow::test
