#pragma once

#include "domain/identity.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <cassert>
#include <cstddef>
#include <vector>

namespace frontrow::domain {

/// Records of commands in the order in which they came, found by their command, forgotten from the front.
/// Most owners remember a handful, which is looked through, and a million of them may be in memory; who
/// remembers more gets a hash table. `Record` has `command`: unique, and not none.
template <class Record>
class recent_commands {
public:
  const Record* find(const command_id& command) const {
    if (number_of_.empty()) {
      for (const auto& each : *this)
        if (each.command == command)
          return &each;
      return nullptr;
    }
    const auto found = number_of_.find(command);
    return found == number_of_.end() ? nullptr : &records_[found->second - first_number_];
  }

  void add(const Record& record) {
    assert(record.command);
    records_.push_back(record);
    if (!number_of_.empty())
      enter(records_.size() - 1);
    else if (size() > looked_through_max)
      for (auto at = forgotten_; at < records_.size(); ++at)
        enter(at);
  }

  bool empty() const { return size() == 0; }
  std::size_t size() const { return records_.size() - forgotten_; }
  const Record& front() const { return records_[forgotten_]; }
  auto begin() const { return records_.begin() + static_cast<std::ptrdiff_t>(forgotten_); }
  auto end() const { return records_.end(); }

  void forget_front() {
    number_of_.erase(front().command);
    ++forgotten_;
    if (forgotten_ * 2 < records_.size())
      return;
    records_.erase(records_.begin(), begin());
    first_number_ += forgotten_;
    forgotten_ = 0;
  }

  std::size_t memory_bytes() const {
    // a flat map keeps one byte beside each entry and leaves an eighth of its room empty
    return records_.capacity() * sizeof(Record) +
           number_of_.bucket_count() * (sizeof(*number_of_.begin()) + 1);
  }

private:
  void enter(std::size_t at) {
    [[maybe_unused]] const bool is_new = number_of_.emplace(records_[at].command, first_number_ + at).second;
    assert(is_new && "a command makes one record");
  }

  static constexpr std::size_t looked_through_max = 16;

  std::vector<Record> records_;
  std::size_t forgotten_ = 0;    ///< so many of records_ are there no longer; never half of them
  std::size_t first_number_ = 0; ///< of records_.front(): they are numbered as they come
  boost::unordered_flat_map<command_id, std::size_t, std::hash<command_id>> number_of_; ///< of all or of none
};

} // namespace frontrow::domain
