#pragma once

#include "domain/queue.hpp"
#include "persistence/audit_findings.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

/// The audit's books of queues. Internal to it.
namespace frontrow::persistence {

class audit_queues {
public:
  explicit audit_queues(audit_findings& findings) : findings_(&findings) {}

  void add(const audit_place& place, const domain::queue::event& event);
  void finish();

private:
  enum class stage : std::uint8_t { waiting, active, ended };
  struct live_place {
    user_id user = 0;
    instant until; ///< end of the shopping time, while active
  };
  /// For any interval that ends now: admitted <= rate x length + burst. The tightest of them is kept as how
  /// many thousandths of a person it leaves room for. Time that runs backwards adds no length.
  struct book {
    bool opened = false;
    domain::queue_policy policy;
    wide_number room = 0;
    wide_number room_at = 0;   ///< milliseconds
    std::vector<stage> stages; ///< by place - 1
    std::size_t front = 0;     ///< nobody waits before it
    std::int64_t active = 0;
    std::unordered_map<domain::place_number, live_place> live;
    std::unordered_map<user_id, domain::place_number> place_of;
  };

  void apply(const audit_place& place, const domain::queue_opened& event);
  void apply(const audit_place& place, const domain::place_taken& event);
  void apply(const audit_place& place, const domain::places_taken& event);
  void apply(const audit_place& place, const domain::places_admitted& event);
  void apply(const audit_place& place, const domain::places_ended& event);
  void apply(const audit_place& place, const domain::policy_changed& event);
  void apply(const audit_place&, const domain::option_reported&) {}

  void take(const audit_place& place, domain::place_number number, user_id user);
  static void let_time_pass(book& queue, instant at);
  void end_place(const audit_place& place, book& queue, domain::place_number number,
                 const domain::places_ended& event);

  audit_findings* findings_;
  std::unordered_map<domain::concert_id, book> queues_;
  std::uint64_t joined_ = 0, admitted_ = 0, ended_ = 0, completed_ = 0;
  std::int64_t most_active_ = 0;
  wide_number least_room_ = -1; ///< -1: nobody was admitted
};

} // namespace frontrow::persistence
