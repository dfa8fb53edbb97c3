#include "cluster/wire.hpp"
#include "links_peer.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

using namespace frontrow;
using namespace frontrow::cluster;
using testing::node_config;

namespace {

using bytes = std::vector<char>;

struct fixture {
  node_config config;
  caf::actor_system system{config};

  template <class T>
  bytes written(const T& value) {
    bytes buffer;
    caf::binary_serializer sink{system, buffer};
    auto copy = value;
    BOOST_TEST(!sink(copy));
    return buffer;
  }
  /// False: it cannot be read.
  template <class T>
  bool read(const bytes& buffer, T& value) {
    caf::binary_deserializer source{system, buffer};
    return !source(value);
  }
  /// There and back as CAF carries it, by its registered name; the bytes must be the same again.
  template <class T>
  T travelled(const T& value) {
    const auto before = written(caf::make_message(value));
    caf::message after;
    BOOST_REQUIRE(read(before, after));
    BOOST_REQUIRE(after.match_elements<T>());
    BOOST_TEST(written(after) == before);
    return after.get_as<T>(0);
  }
};

envelope some_letter() {
  return {2, 3, 4, {domain::entity_kind::account, 5}, {6, 7, 8}, {9, 10}, "eleven", caf::make_message(12)};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(every_message_of_a_link_survives_the_journey, fixture) {
  const auto said = travelled(hello{1, "two", 3, "four", 5, "six"});
  BOOST_TEST(said.protocol == 1);
  BOOST_TEST(said.cluster == "two");
  BOOST_TEST(said.number == 3);
  BOOST_TEST(said.incarnation == "four");
  BOOST_TEST(said.to == 5);
  BOOST_TEST(said.to_incarnation == "six");
  BOOST_TEST(travelled(refusal{"why"}).reason == "why");
  BOOST_TEST(travelled(welcome{3, "four"}).incarnation == "four");
  BOOST_TEST(travelled(taken{77}).through == 77u);
  travelled(beat{});
  const auto answer = travelled(moved{5, 6});
  BOOST_TEST(answer.shard == 5);
  BOOST_TEST(answer.epoch == 6);

  const parcel all{1,
                   9,
                   {some_letter(), envelope{}},
                   {{{1, 2, 3}, caf::make_message(4)}},
                   {shard_at{1, 2}, prepared{3}, look{}}};
  const auto arrived = travelled(all);
  BOOST_TEST(arrived.sequence == 1u);
  BOOST_TEST(arrived.through == 9u);
  BOOST_REQUIRE(arrived.letters.size() == 2u);
  const auto& letter = arrived.letters[0];
  BOOST_TEST(letter.protocol == 2);
  BOOST_TEST(letter.shard == 3);
  BOOST_TEST(letter.epoch == 4);
  BOOST_TEST((letter.to == domain::entity_ref{domain::entity_kind::account, 5}));
  BOOST_TEST(letter.from.correlation == 8u);
  BOOST_TEST((letter.command == domain::command_id{9, 10}));
  BOOST_TEST(letter.trace == "eleven");
  BOOST_TEST(letter.payload.get_as<int>(0) == 12);
  BOOST_REQUIRE(arrived.told.size() == 3u);
  BOOST_TEST(std::get<shard_at>(arrived.told[0]).epoch == 2);
  BOOST_TEST(std::get<prepared>(arrived.told[1]).shard == 3);
  BOOST_TEST(std::holds_alternative<look>(arrived.told[2]));
}

BOOST_FIXTURE_TEST_CASE(a_kind_that_does_not_exist_cannot_be_read, fixture) {
  auto letter = some_letter();
  letter.to.kind = static_cast<domain::entity_kind>(4);
  envelope read_back;
  BOOST_TEST(!read(written(letter), read_back));
  news what = look{};
  auto buffer = written(what);
  BOOST_TEST(read(buffer, what));
  buffer[0] = 4;
  BOOST_TEST(!read(buffer, what));
}

BOOST_FIXTURE_TEST_CASE(a_letter_cut_short_cannot_be_read, fixture) {
  const auto whole = written(some_letter());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    envelope read_back;
    BOOST_TEST(!read(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)), read_back),
               length);
  }
}

BOOST_FIXTURE_TEST_CASE(a_payload_that_is_not_known_cannot_be_read, fixture) {
  auto letter = some_letter();
  letter.payload = caf::make_message(std::string{"marked"});
  auto buffer = written(letter);
  const std::string name = "@str"; // as CAF calls it
  auto found = std::search(buffer.begin(), buffer.end(), name.begin(), name.end());
  BOOST_REQUIRE((found != buffer.end()));
  found[3] = 'x';
  envelope read_back;
  BOOST_TEST(!read(buffer, read_back));
  const parcel all{1, 0, {letter}, {}, {}};
  buffer = written(all);
  found = std::search(buffer.begin(), buffer.end(), name.begin(), name.end());
  BOOST_REQUIRE((found != buffer.end()));
  found[3] = 'x';
  parcel all_back;
  BOOST_TEST(!read(buffer, all_back));
}
