#include "cluster_network.hpp"

#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace frontrow::test {

namespace {

int exit_code_of(const std::vector<std::string>& words) {
  return run_to_end({words, {}}).exit_code;
}

} // namespace

std::string cluster_network::obstacle() {
  if (::geteuid() != 0)
    return "cutting networks needs root";
  if (exit_code_of({"ip", "-V"}) != 0)
    return "there is no ip (iproute2)";
  const auto name = "frt" + std::to_string(::getpid() % 100'000);
  const bool spaces = exit_code_of({"ip", "netns", "add", name}) == 0;
  if (spaces)
    exit_code_of({"ip", "netns", "del", name});
  const bool bridges = exit_code_of({"ip", "link", "add", name, "type", "bridge"}) == 0;
  if (bridges)
    exit_code_of({"ip", "link", "del", name});
  return spaces && bridges ? "" : "this system makes no network namespaces or bridges";
}

void cluster_network::run(const std::vector<std::string>& words) {
  const auto done = run_to_end({words, {}});
  if (done.exit_code != 0) {
    std::string all;
    for (const auto& word : words)
      all += word + " ";
    throw std::runtime_error(all + "ends with " + std::to_string(done.exit_code) + ": " + done.errors);
  }
}

cluster_network::cluster_network()
    : name_("frb" + std::to_string(::getpid() % 100'000)),
      prefix_("10.213." + std::to_string(::getpid() % 250 + 1) + ".") {
  run({"ip", "link", "add", name_, "type", "bridge"});
  run({"ip", "addr", "add", home_address() + "/24", "dev", name_});
  run({"ip", "addr", "add", database_address() + "/24", "dev", name_});
  run({"ip", "link", "set", name_, "up"});
}

cluster_network::~cluster_network() {
  try {
    heal();
  } catch (const std::exception&) {
    // The rest goes all the same.
  }
  for (const auto& each : places_)
    exit_code_of({"ip", "netns", "del", each.space});
  exit_code_of({"ip", "link", "del", name_});
}

std::string cluster_network::add_place() {
  const auto number = std::to_string(places_.size() + 11);
  const place added{prefix_ + number, name_ + "n" + number, name_ + "p" + number};
  run({"ip", "netns", "add", added.space});
  places_.push_back(added);
  run({"ip", "link", "add", added.plug, "type", "veth", "peer", "name", "eth0", "netns", added.space});
  run({"ip", "link", "set", added.plug, "master", name_, "up"});
  run({"ip", "-n", added.space, "addr", "add", added.address + "/24", "dev", "eth0"});
  run({"ip", "-n", added.space, "link", "set", "eth0", "up"});
  run({"ip", "-n", added.space, "link", "set", "lo", "up"});
  return added.address;
}

process_terms cluster_network::terms_of(const std::string& address) const {
  return {.options = {"--cluster.address=" + address, "--admin.address=" + address},
          .wrapper = {"ip", "netns", "exec", find(address)->space}};
}

const cluster_network::place* cluster_network::find(const std::string& address) const {
  for (const auto& each : places_)
    if (each.address == address)
      return &each;
  return nullptr;
}

void cluster_network::cut(const std::string& from, const std::string& to) {
  std::vector<std::string> ip{"ip"};
  if (const auto* at = find(from))
    ip.insert(ip.end(), {"-n", at->space});
  auto rule = [&](const char* what) {
    auto words = ip;
    words.insert(words.end(), {"rule", what, "from", from, "to", to, "blackhole"});
    return words;
  };
  run(rule("add"));
  undo_.push_back(rule("del"));
}

void cluster_network::unplug(const std::string& address) {
  run({"ip", "link", "set", find(address)->plug, "nomaster"});
  undo_.push_back({"ip", "link", "set", find(address)->plug, "master", name_});
}

void cluster_network::heal() {
  for (const auto& words : std::exchange(undo_, {}))
    run(words);
}

} // namespace frontrow::test
