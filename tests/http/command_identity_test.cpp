#include "http/command_identity.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <thread>
#include <vector>

using namespace frontrow::http;

BOOST_AUTO_TEST_SUITE(command_identities)

BOOST_AUTO_TEST_CASE(a_digest_is_that_of_sha_256) {
  // FIPS 180-4's example, "abc", and the empty text; after one another, since a thread keeps its context.
  for (int times = 0; times < 2; ++times) {
    BOOST_TEST(digest_text("abc") == "ba7816bf8f01cfea414140de5dae2223");
    BOOST_TEST(digest_text("") == "e3b0c44298fc1c149afbf4c8996fb924");
    BOOST_TEST(fingerprint_of("abc") == 0xba7816bf8f01cfeaU);
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_are_never_given_twice_however_many_and_by_whichever_thread) {
  using piece = std::array<std::uint8_t, 16>;
  std::vector<std::vector<piece>> given(3);
  std::vector<std::thread> threads;
  for (auto& mine : given)
    threads.emplace_back([&mine] {
      for (int times = 0; times < 1000; ++times) {
        secure_random(mine.emplace_back());
        // Sizes that end in the middle of a store, and one that is larger than a whole one.
        std::array<std::uint8_t, 7> few{};
        secure_random(few);
        std::array<piece, 50> many{};
        if (times % 100 == 0) {
          secure_random({many.front().data(), many.size() * sizeof(piece)});
          mine.insert(mine.end(), many.begin(), many.end());
        }
      }
    });
  for (auto& each : threads)
    each.join();
  std::set<piece> seen;
  for (const auto& mine : given)
    for (const auto& each : mine)
      BOOST_TEST(seen.insert(each).second);
  BOOST_TEST(seen.size() == 3U * (1000 + 10 * 50));
  BOOST_TEST(!seen.contains(piece{}));
}

BOOST_AUTO_TEST_SUITE_END()
