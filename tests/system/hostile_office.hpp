#pragma once

#include "box_office.hpp"
#include "raw_connection.hpp"

#include <string>

namespace frontrow::test {

/// A node with short patience, a concert on sale, and the checks that must hold after any abuse.
struct hostile_office : box_office {
  static constexpr std::chrono::milliseconds request_timeout{1'000};
  /// More than any abuse here may cost, far less than a leak of what was sent would.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // Built with a sanitizer the program keeps what was freed (256 MB of it), and books about the rest.
  static constexpr std::size_t growth_bytes_max = 512 * 1024 * 1024;
#else
  static constexpr std::size_t growth_bytes_max = 128 * 1024 * 1024;
#endif

  explicit hostile_office(std::vector<std::string> options = {"--http.request-timeout-ms=1000",
                                                              "--http.write-timeout-ms=2000"})
      : box_office(node_settings{std::move(options), {}}), port(house().http_port()) {
    auto concert = open_concert();
    option = open_option(concert);
    someone = admitted(concert);
    memory_before = house().program().resident_bytes();
  }

  void teardown() {
    // Still there, still selling, and no bigger than it has to be.
    ask(201, person().charge(1));
    BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 50}}));
    const auto memory = house().program().resident_bytes();
    BOOST_TEST_MESSAGE("resident memory: " << memory_before / 1024 << " KB before, " << memory / 1024 << " KB after");
    BOOST_TEST(memory < memory_before + growth_bytes_max);
    box_office::teardown();
  }

  /// One request by its bytes: a clean 4xx, or the connection is cut.
  void expect_refused(const std::string& bytes, const std::string& name) {
    raw_connection connection(port);
    BOOST_TEST_REQUIRE(connection.is_open());
    connection.send(bytes);
    connection.finish_sending();
    auto seen = connection.receive();
    BOOST_TEST(((seen.status >= 400 && seen.status < 500) || (seen.status == 0 && seen.is_cut)),
               name << ": " << seen.status << " " << seen.text.substr(0, 300));
  }

  std::string login() const { return "Authorization: Bearer " + someone.access_token + "\r\n"; }

  std::uint16_t port;
  std::int64_t option = 0;
  person someone;
  std::size_t memory_before = 0;
};

} // namespace frontrow::test
