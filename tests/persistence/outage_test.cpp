#include "tests/persistence/load_of_appends.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/mount.h>
#include <unistd.h>

using namespace frontrow::persistence;

namespace {

/// A small file system of our own, for a tablespace that can be full. Only root can mount one.
class small_disk {
public:
  explicit small_disk(const std::string& folder) : folder_(folder) {
    std::filesystem::create_directories(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=16m,mode=0777") == 0;
  }
  ~small_disk() {
    if (mounted_)
      ::umount2(folder_.c_str(), MNT_DETACH);
  }
  bool is_there() const { return mounted_; }
  void fill() {
    std::ofstream file(ballast());
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void free() { std::filesystem::remove(ballast()); }

private:
  std::string ballast() const { return folder_ + "/ballast"; }
  std::string folder_;
  bool mounted_ = false;
};

/// Data that does not compress.
std::string bulky(std::uint64_t seed) {
  std::string digits;
  while (digits.size() < 6000) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    digits += std::to_string(seed);
  }
  return "{\"bulk\": \"" + digits + "\"}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(outage)

BOOST_DATA_TEST_CASE(a_server_restarted_under_load_loses_and_doubles_nothing, sent_by_both, who) {
  auto& server = private_postgres::instance();
  const auto dsn = server.fresh_database();
  load_of_appends load{dsn, 20, who};
  load.wait_for_progress();
  for (const char* mode : {"immediate", "fast", "immediate", "fast"}) {
    server.restart(mode);
    load.wait_for_progress();
  }
  load.finish();
  load.check();
}

BOOST_AUTO_TEST_CASE(while_the_server_is_away_the_door_is_closed_and_what_waits_is_kept) {
  auto& server = private_postgres::instance();
  const auto dsn = server.fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  wait_until("open", [&] { return writer.admits(0) == admission::open; });
  server.stop("immediate");
  stream.submit(1, events(3));
  stream.store({3, 1, "kept too"});
  wait_until("away", [&] { return writer.admits(0) == admission::away; });
  BOOST_TEST(!writer.available());
  stream.submit(4, events(2));
  BOOST_TEST(told->through(account(1)) == 0);
  server.start();
  wait_until("durable", [&] { return told->through(account(1)) == 5; });
  wait_until("open", [&] { return writer.admits(0) == admission::open; });
  wait_until("stored", [&] { return sql(dsn, "select version, data from snapshot") == "3|kept too"; });
}

BOOST_AUTO_TEST_CASE(stopping_in_an_outage_tells_that_the_outcome_is_unknown) {
  auto& server = private_postgres::instance();
  const auto dsn = server.fresh_database();
  auto told = std::make_shared<recorder>();
  {
    journal_writer writer{writer_config(dsn)};
    auto stream = writer.open({account(1), 0}, 1, 0, told);
    wait_until("open", [&] { return writer.available(); });
    server.stop("fast");
    for (int version = 1; version <= 3000; ++version)
      stream.submit(version, events(1));
    writer.stop(std::chrono::milliseconds{50});
    BOOST_TEST(writer.pending() == 0u);
  }
  server.start();
  BOOST_REQUIRE(told->failure(account(1)).has_value());
  BOOST_TEST((*told->failure(account(1)) == append_failure::stopped));
  BOOST_TEST(told->failures_told() == 1u);
  BOOST_TEST(sql(dsn, "select count(*) from journal") == "0");
}

BOOST_AUTO_TEST_CASE(stopping_cuts_off_a_statement_that_hangs) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.statement_timeout = std::chrono::hours{1};
  journal_writer writer{config};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  closed_journal closed{dsn};
  stream.submit(1, events(1));
  wait_until("the append to hang", [&] { return writer_waits(dsn); });
  writer.stop(std::chrono::milliseconds{20}); // the journal stays closed: only cutting off ends this
  BOOST_REQUIRE(told->failure(account(1)).has_value());
  BOOST_TEST((*told->failure(account(1)) == append_failure::stopped));
}

BOOST_AUTO_TEST_CASE(a_full_disk_closes_the_door_and_loses_nothing) {
  auto& server = private_postgres::instance();
  const auto folder = server.folder() + "/small";
  small_disk disk{folder};
  if (!disk.is_there()) {
    BOOST_TEST_MESSAGE("SKIPPED: a full disk needs a file system of its own, and mounting one needs root");
    std::puts("SKIPPED: a_full_disk_closes_the_door_and_loses_nothing (mounting a tmpfs is not permitted here)");
    return;
  }
  const auto dsn = server.fresh_database();
  std::filesystem::create_directories(folder + "/space");
  BOOST_REQUIRE(std::system(("chown postgres " + folder + "/space").c_str()) == 0);
  sql(dsn, "create tablespace small location '" + folder + "/space'");
  sql(dsn, "alter table journal set tablespace small");
  {
    auto told = std::make_shared<recorder>();
    journal_writer writer{writer_config(dsn)};
    auto stream = writer.open({account(1), 0}, 1, 0, told);
    stream.submit(1, events(1));
    wait_until("durable", [&] { return told->through(account(1)) == 1; });
    disk.fill();
    version_number version = 1;
    for (; version < 200; ++version)
      stream.submit(version + 1, {event(bulky(static_cast<std::uint64_t>(version)))});
    wait_until("away", [&] { return writer.admits(0) == admission::away; });
    BOOST_TEST(told->failures_told() == 0u);
    disk.free();
    wait_until("durable", [&] { return told->through(account(1)) == version; });
    wait_until("open", [&] { return writer.admits(0) == admission::open; });
    BOOST_TEST(sql(dsn, "select count(*), max(version) from journal") == "200|200");
  }
  sql(dsn, "alter table journal set tablespace pg_default");
  sql(dsn, "drop tablespace small");
}

BOOST_AUTO_TEST_SUITE_END()
