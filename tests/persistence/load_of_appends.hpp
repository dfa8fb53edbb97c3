#pragma once

#include "tests/persistence/in_passing.hpp"
#include "tests/persistence/recorder.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace frontrow::persistence {

/// Who sends the statements: the writer's threads, or the one that submits.
enum class sent_by { the_writer, who_submits };
inline const auto sent_by_both = boost::unit_test::data::make({sent_by::the_writer, sent_by::who_submits});
inline std::ostream& operator<<(std::ostream& out, sent_by who) {
  return out << (who == sent_by::the_writer ? "sent by the writer" : "sent by who submits");
}

/// Keeps appending to many entities, each event knowing its version, and checks the end against the journal.
class load_of_appends {
public:
  load_of_appends(const std::string& dsn, int entities, sent_by who = sent_by::the_writer)
      : dsn_(dsn), told_(std::make_shared<recorder>()), who_(who) {
    auto config = writer_config(dsn);
    config.connections = 2;
    config.max_batch = 50;
    writer_ = std::make_unique<journal_writer>(config);
    for (int id = 1; id <= entities; ++id)
      streams_.push_back(writer_->open({account(id), id % 8}, 1, 0, told_));
    submitting_ = std::thread([this] { submit(); });
  }
  ~load_of_appends() {
    over_ = true;
    if (submitting_.joinable())
      submitting_.join();
  }

  /// Waits until some more has become durable: the outage before is over.
  void wait_for_progress() {
    const auto before = told_->durable_calls();
    wait_until("appends to go on", [&] { return told_->durable_calls() > before + 20; });
  }

  void finish() {
    over_ = true;
    submitting_.join();
    wait_until("all to be durable", [&] { return writer_->pending() == 0; });
  }

  /// Nothing lost, nothing doubled, nothing failed, no gap.
  void check() {
    BOOST_TEST(told_->failures_told() == 0u);
    std::int64_t submitted = 0;
    for (auto& stream : streams_) {
      BOOST_TEST(told_->through(stream.entity()) == stream.version());
      submitted += stream.version();
    }
    BOOST_TEST(sql(dsn_, "select count(*), count(*) filter (where (data->>'nth')::bigint = version) from journal") ==
               std::to_string(submitted) + "|" + std::to_string(submitted));
    BOOST_TEST(sql(dsn_, "select count(*) from (select entity from journal group by entity "
                         "having max(version) <> count(*) or min(version) <> 1) holes") == "0");
    BOOST_TEST_MESSAGE(submitted << " events");
  }

  journal_writer& writer() { return *writer_; }

private:
  void submit() {
    std::optional<commit_round> round;
    if (who_ == sent_by::who_submits)
      round.emplace();
    while (!over_) {
      for (auto& stream : streams_) {
        const auto next = stream.version() + 1;
        stream.submit(next, {event("{\"nth\": " + std::to_string(next) + "}"),
                             event("{\"nth\": " + std::to_string(next + 1) + "}")});
        if (round && next % 3 == 0)
          send_and_hear(*round);
      }
      if (round)
        send_and_hear(*round);
      // Bounded as a caller is: by the door.
      while (!over_ && writer_->pending() > 2000)
        std::this_thread::yield();
    }
  }

  std::string dsn_;
  std::shared_ptr<recorder> told_;
  sent_by who_;
  std::unique_ptr<journal_writer> writer_;
  std::vector<append_stream> streams_;
  std::atomic<bool> over_{false};
  std::thread submitting_;
};

} // namespace frontrow::persistence
