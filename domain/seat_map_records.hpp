#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "domain/decision.hpp"

namespace frontrow::domain {

/// Records by their number and by the command that made them. A record never moves while it lives, and
/// adding one copies no other. `Record` has `number` (unique, not 0) and `command` (unique where not none).
template <class Record>
class numbered_records {
public:
  const Record* find(event_number number) const {
    const auto found = by_number_.find(number);
    return found == by_number_.end() ? nullptr : &slots_[found->second];
  }
  Record* find(event_number number) { return const_cast<Record*>(std::as_const(*this).find(number)); }

  const Record* find(const command_id& command) const {
    if (!command)
      return nullptr;
    const auto found = by_command_.find(command);
    return found == by_command_.end() ? nullptr : &slots_[found->second];
  }

  Record& add(Record record) {
    std::uint32_t slot = 0;
    if (vacant_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back(std::move(record));
    } else {
      slot = vacant_.back();
      vacant_.pop_back();
      slots_[slot] = std::move(record);
    }
    Record& added = slots_[slot];
    [[maybe_unused]] const bool new_number = by_number_.emplace(added.number, slot).second;
    assert(new_number && "a number names one record");
    if (added.command) {
      [[maybe_unused]] const bool new_command = by_command_.emplace(added.command, slot).second;
      assert(new_command && "a command makes one record");
    }
    return added;
  }

  void remove(event_number number) {
    const auto found = by_number_.find(number);
    assert(found != by_number_.end());
    Record& record = slots_[found->second];
    if (record.command)
      by_command_.erase(record.command);
    record = Record{};
    vacant_.push_back(found->second);
    by_number_.erase(found);
  }

  std::size_t size() const { return by_number_.size(); }

  std::vector<const Record*> in_order() const {
    std::vector<const Record*> records;
    records.reserve(size());
    for (const Record& record : slots_)
      if (record.number != 0)
        records.push_back(&record);
    std::sort(records.begin(), records.end(), [](auto* a, auto* b) { return a->number < b->number; });
    return records;
  }

  std::size_t memory_bytes() const {
    // a flat map keeps one byte beside each entry and leaves an eighth of its room empty
    return slots_.size() * sizeof(Record) + vacant_.capacity() * sizeof(std::uint32_t) +
           by_number_.bucket_count() * (sizeof(std::pair<event_number, std::uint32_t>) + 1) +
           by_command_.bucket_count() * (sizeof(std::pair<command_id, std::uint32_t>) + 1);
  }

private:
  using in_blocks = boost::container::deque_options_t<boost::container::block_size<128u>>;
  boost::container::deque<Record, void, in_blocks> slots_; // vacant ones have the number 0
  std::vector<std::uint32_t> vacant_;
  boost::unordered_flat_map<event_number, std::uint32_t> by_number_;
  boost::unordered_flat_map<command_id, std::uint32_t, std::hash<command_id>> by_command_;
};

/// Numbers in order of an instant, then of the number. Built for instants that mostly grow: adding at the
/// end and taking from the front cost next to nothing.
class numbers_by_time {
public:
  using entry = std::pair<instant, event_number>;

  void add(instant at, event_number number) {
    const entry added{at, number};
    if (entries_.empty() || entries_.back() < added)
      entries_.push_back(added);
    else
      entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), added), added);
  }
  bool empty() const { return entries_.empty(); }
  const entry& front() const { return entries_.front(); }
  void drop_front() { entries_.pop_front(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t memory_bytes() const { return entries_.size() * sizeof(entry); }

private:
  std::deque<entry> entries_;
};

} // namespace frontrow::domain
