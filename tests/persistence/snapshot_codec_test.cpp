#include "persistence/column_text.hpp"
#include "persistence/snapshot_codec.hpp"
#include "tests/persistence/event_samples.hpp"
#include "tests/persistence/golden_file.hpp"
#include "tests/persistence/random_fill.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace frontrow;
using namespace frontrow::persistence;

using test::sample;

namespace {

using machines = boost::mpl::list<domain::account, domain::queue, domain::seat_map>;

template <class Machine>
const char* golden_name() {
  if constexpr (std::is_same_v<Machine, domain::account>)
    return "snapshot.account.v1";
  else if constexpr (std::is_same_v<Machine, domain::queue>)
    return "snapshot.queue.v1";
  else
    return "snapshot.seat_map.v1";
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshot_codec)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_is_written_as_its_golden_file_says, Machine, machines) {
  const auto snapshot = sample<typename Machine::snapshot_type>();
  const auto row = encode_snapshot(snapshot);
  BOOST_TEST(row.version == 41);
  BOOST_TEST(row.format == snapshot_format);
  const auto expected = test::golden(golden_name<Machine>());
  BOOST_TEST_REQUIRE(expected.has_value(), golden_name<Machine>() << ".json is missing; it should be\n"
                                                                  << row.data);
  BOOST_TEST(row.data == *expected, "another layout is another snapshot_format:\n" << row.data);
  const auto read = decode_snapshot<Machine>({.version = 41, .format = snapshot_format, .data = *expected});
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST((*read == snapshot));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(any_snapshot_is_read_as_it_was_written, Machine, machines) {
  test::random_source random("any_snapshot_is_read_as_it_was_written");
  for (int round = 0; round < 3'000; ++round) {
    typename Machine::snapshot_type snapshot;
    test::fill(random, snapshot);
    const auto row = encode_snapshot(snapshot);
    const auto read = decode_snapshot<Machine>(row);
    BOOST_REQUIRE_MESSAGE(read && *read == snapshot, row.data);
    // members may come in any order
    const auto sorted =
        decode_snapshot<Machine>({row.version, row.format, nlohmann::json::parse(row.data).dump()});
    BOOST_REQUIRE_MESSAGE(sorted && *sorted == snapshot, row.data);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_of_another_format_is_ignored, Machine, machines) {
  auto row = encode_snapshot(sample<typename Machine::snapshot_type>());
  row.format = snapshot_format + 1;
  BOOST_TEST((decode_snapshot<Machine>(row).error() == unusable_snapshot::unknown_format));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_of_another_version_than_its_row_is_malformed, Machine, machines) {
  auto row = encode_snapshot(sample<typename Machine::snapshot_type>());
  ++row.version;
  BOOST_TEST((decode_snapshot<Machine>(row).error() == unusable_snapshot::malformed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_cut_short_or_with_a_member_missing_is_malformed, Machine, machines) {
  const auto row = encode_snapshot(sample<typename Machine::snapshot_type>());
  for (std::size_t length = 0; length < row.data.size(); ++length)
    BOOST_TEST(!decode_snapshot<Machine>({row.version, row.format, row.data.substr(0, length)}));
  const auto whole = nlohmann::json::parse(row.data);
  for (const auto& [name, value] : whole.items()) {
    auto without = whole;
    without.erase(name);
    BOOST_TEST(!decode_snapshot<Machine>({row.version, row.format, without.dump()}), name);
  }
}

BOOST_AUTO_TEST_CASE(columns_that_do_not_fit_together_are_malformed) {
  const auto row = encode_snapshot(sample<domain::queue::snapshot_type>());
  const auto with = [&](const char* name, const nlohmann::json& value) {
    auto changed = nlohmann::json::parse(row.data);
    changed[name] = value;
    return static_cast<bool>(decode_snapshot<domain::queue>({row.version, row.format, changed.dump()}));
  };
  const auto whole = nlohmann::json::parse(row.data);
  BOOST_TEST(with("version", 41));
  for (const auto& [name, value] : std::vector<std::pair<const char*, nlohmann::json>>{
           {"place_count", 3},
           {"place_count", 5},
           {"place_count", -1},
           {"place_count", 1'000'000'000'000'000},
           {"users", ""},
           {"users", "!!!!"},
           {"users", whole["users"].get<std::string>() + "AAAA"},
           {"secrets", ""},
           {"commands", "AAAA"},
           {"commands", "A==="},
           {"statuses", ""},
           {"statuses", "AQA="},
           {"untils", "AAAA"},
           {"untils", "//////////////////"}})
    BOOST_TEST(!with(name, value), name << ": " << value);
}

BOOST_AUTO_TEST_CASE(a_column_gives_back_any_numbers) {
  test::random_source random("a_column_gives_back_any_numbers");
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(random.between(0, 9)));
    std::string text;
    column_writer writer(text);
    for (auto& number : numbers) {
      test::fill(random, number);
      writer.signed_number(number);
    }
    writer.finish();
    column_reader reader(text);
    for (const auto expected : numbers) {
      std::int64_t number = 0;
      BOOST_REQUIRE(reader.signed_number(number));
      BOOST_REQUIRE_EQUAL(number, expected);
    }
    BOOST_REQUIRE(reader.at_end());
  }
}

BOOST_AUTO_TEST_CASE(a_number_past_64_bits_is_refused) {
  const auto read = [](std::uint8_t last) {
    std::string text;
    column_writer writer(text);
    for (int i = 0; i < 9; ++i)
      writer.byte(0xFF);
    writer.byte(last);
    writer.finish();
    std::uint64_t number = 0;
    return column_reader(text).number(number);
  };
  BOOST_TEST(read(1));
  BOOST_TEST(!read(2));
  BOOST_TEST(!read(0xFF));
}

BOOST_AUTO_TEST_CASE(a_queue_of_many_has_a_small_snapshot) {
  test::random_source random("a_queue_of_many_has_a_small_snapshot");
  domain::queue::snapshot_type snapshot;
  snapshot.version = 1;
  for (int i = 0; i < 100'000; ++i) {
    auto& place = snapshot.places.emplace_back();
    place.user = random.between(1, 2'000'000);
    place.status = domain::place_status::waiting;
    test::fill(random, place.secret);
  }
  const auto without_commands = encode_snapshot(snapshot);
  BOOST_TEST(without_commands.data.size() < 27u * 100'000);
  for (auto& place : snapshot.places)
    place.command = {random.bits(), random.bits()};
  const auto row = encode_snapshot(snapshot);
  BOOST_TEST(row.data.size() < 50u * 100'000);
  const auto read = decode_snapshot<domain::queue>(row);
  BOOST_TEST((read && *read == snapshot));
}

BOOST_AUTO_TEST_CASE(operators_see_the_whole_state_but_no_secrets) {
  const auto queue = nlohmann::json::parse(state_json(sample<domain::queue::snapshot_type>()));
  BOOST_TEST(queue["places"].size() == 4u);
  BOOST_TEST(queue["places"][1]["place"] == 17);
  BOOST_TEST(queue["places"][1]["user"] == 7);
  BOOST_TEST(queue["places"][1]["status"] == "active");
  BOOST_TEST(queue["policy"]["burst"] == 10);
  BOOST_TEST(queue.dump().find("secret") == std::string::npos);
  BOOST_TEST(queue.dump().find("00112233") == std::string::npos);
  const auto account = nlohmann::json::parse(state_json(sample<domain::account::snapshot_type>()));
  BOOST_TEST(account["balance"] == 1500);
  BOOST_TEST(account["debits"][0]["state"] == "refunded");
  const auto seat_map = nlohmann::json::parse(state_json(sample<domain::seat_map::snapshot_type>()));
  BOOST_TEST(seat_map["reservations"][0]["seats"].size() == 2u);
  BOOST_TEST(seat_map["terms"]["sections"][1]["name"] == "발코니\n");
}

BOOST_AUTO_TEST_SUITE_END()
