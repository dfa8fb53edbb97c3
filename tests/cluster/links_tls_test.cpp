#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include "links_peer.hpp"

using namespace frontrow;
using namespace frontrow::cluster;
using namespace frontrow::cluster::testing;

namespace {

/// A temporary folder with an authority `ca`, two nodes certified by it, and a node certified by another authority.
struct certificate_folder {
  certificate_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "frontrow-links-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    authority("ca");
    authority("other-ca");
    node("here", "ca");
    node("there", "ca");
    node("foreign", "other-ca");
  }
  ~certificate_folder() { std::filesystem::remove_all(folder); }

  void run(const std::string& command) const {
    BOOST_REQUIRE(std::system(("cd " + folder + " && " + command + " >/dev/null 2>&1").c_str()) == 0);
  }
  void authority(const std::string& name) const {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -keyout " + name + ".key -out " + name + ".pem");
  }
  void node(const std::string& name, const std::string& by) const {
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".csr");
    run("openssl x509 -req -days 2 -CAcreateserial -CA " + by + ".pem -CAkey " + by + ".key -in " + name +
        ".csr -out " + name + ".pem");
  }
  certificate_files files(const std::string& name, const std::string& by = "ca") const {
    return {folder + "/" + name + ".pem", folder + "/" + name + ".key", folder + "/" + by + ".pem"};
  }
  /// What a command prints, all of it.
  std::string output(const std::string& command) const {
    run("(" + command + ") >said 2>&1 || true");
    std::ifstream said{folder + "/said"};
    return {std::istreambuf_iterator<char>{said}, {}};
  }
  std::string folder;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

} // namespace

BOOST_AUTO_TEST_CASE(certified_nodes_are_linked_and_letters_travel) {
  certificate_folder made;
  peer_process peer{peer_process::settings{.number = 1, .incarnation = "a", .files = made.files("there")}};
  local_node node{{.number = 2, .files = made.files("here")}};
  BOOST_REQUIRE(node.port != 0);
  peer.members({node.as_member()});
  node.all.members({peer.as_member()});
  BOOST_REQUIRE(node.await_up(1));
  constexpr std::size_t letters = 20'000;
  for (std::uint64_t number = 0; number < letters; ++number) {
    envelope letter;
    letter.from = {0, 1, number};
    letter.payload = caf::make_message(number);
    BOOST_REQUIRE(node.all.send(1, letter));
  }
  BOOST_REQUIRE(node.await([&] { return node.answers.size() == letters; }));
  peer.kill();
  BOOST_TEST(node.await_down(1));
}

BOOST_AUTO_TEST_CASE(without_a_certificate_of_the_authority_nobody_is_heard) {
  certificate_folder made;
  local_node node{{.number = 2, .files = made.files("here")}};
  BOOST_REQUIRE(node.port != 0);
  node.all.members({member_of(5, "five", "127.0.0.1:1")});
  peer_process::stranger who{
      .port = node.port, .number = 5, .incarnation = "five", .to = 2, .to_incarnation = "here"};

  // OpenSSL's own client: TLS 1.3 tells it after its side of the handshake.
  const auto where = std::to_string(node.port);
  const auto client = "sleep 1 | timeout 20 openssl s_client -CAfile ca.pem -connect 127.0.0.1:" + where;
  const auto said = made.output(client);
  BOOST_TEST(said.find("alert") != std::string::npos, said);
  const auto certified = made.output(client + " -cert there.pem -key there.key");
  BOOST_TEST(certified.find("alert") == std::string::npos, certified);

  // CAF with TLS, but a certificate of another authority, which it trusts alone; then one that trusts ours.
  who.files = made.files("foreign", "other-ca");
  BOOST_TEST(peer_process{who}.line() == "unreachable");
  who.files = made.files("foreign", "ca");
  BOOST_TEST(peer_process{who}.line() == "unreachable");
  // CAF with TLS and no certificate at all.
  who.files = nobodys;
  BOOST_TEST(peer_process{who}.line() == "unreachable");
  BOOST_TEST(node.happened.empty());
  // CAF without TLS.
  who.files = {};
  peer_process plain{who};

  // The door is still open for those who belong.
  who.files = made.files("there");
  BOOST_TEST(peer_process{who}.says("welcome"));
  BOOST_TEST(node.await_up(5));
  BOOST_TEST(node.ups(5) == 1);
}

BOOST_AUTO_TEST_CASE(a_node_refuses_to_listen_with_certificates_that_are_of_no_use) {
  certificate_folder made;
  const auto good = made.files("here");
  const certificate_files table[] = {
      {good.certificate, good.key, made.folder + "/missing.pem"},
      {good.certificate, made.folder + "/there.key", good.authority},
      {good.certificate, made.folder + "/missing.key", good.authority},
      {made.folder + "/missing.pem", good.key, good.authority},
      {good.certificate, good.key, ""},
      {made.folder + "/foreign.pem", made.folder + "/foreign.key", good.authority},
  };
  for (const auto& each : table)
    BOOST_TEST(local_node({.number = 2, .files = each}).port == 0, each.certificate << " " << each.key);
}

BOOST_AUTO_TEST_CASE(probes_of_a_door_with_tls_leave_nothing_behind) {
  certificate_folder made;
  local_node node{{.number = 2, .files = made.files("here")}};
  BOOST_REQUIRE(node.port != 0);
  const auto before = open_descriptors();
  for (int count = 0; count < 500; ++count)
    BOOST_TEST((probe("127.0.0.1:" + std::to_string(node.port), 1s) == probe_result::accepted));
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (open_descriptors() > before + 20 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(open_descriptors() <= before + 20);
}
