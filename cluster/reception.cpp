#include "cluster/reception.hpp"

#include <utility>

#include <caf/all.hpp>

#include "cluster/link_actor.hpp"
#include "cluster/wire.hpp"

namespace frontrow::cluster {

reception::reception(caf::actor_config& config, std::shared_ptr<switchboard> board)
    : event_based_actor(config), board_(std::move(board)) {
  set_default_handler(caf::drop); // strangers may send anything
  set_exit_handler([](caf::exit_msg&) {});
}

caf::behavior reception::make_behavior() {
  return {
      [this](const hello& said) {
        if (current_sender())
          receive(said, current_sender());
      },
      [this](place_free free) {
        if (auto next = waiting_.extract(free.peer))
          welcome_in(free.peer, next.mapped());
      },
      [this](end_reception) { quit(); },
  };
}

void reception::on_exit() {
  waiting_.clear();
  board_.reset();
}

std::string reception::reason_to_refuse(const hello& said) const {
  const auto& self_here = board_->self;
  if (said.protocol != protocol_version)
    return "protocol " + std::to_string(said.protocol) + ", here it is " + std::to_string(protocol_version);
  if (said.cluster != self_here.cluster)
    return "cluster \"" + said.cluster + "\", this is \"" + self_here.cluster + "\"";
  if (said.to != self_here.number || said.to_incarnation != self_here.incarnation)
    return "this is node " + std::to_string(self_here.number) + ", not node " + std::to_string(said.to);
  if (said.number <= self_here.number)
    return "the higher number dials";
  if (!board_->knows(said.number, said.incarnation))
    return std::string{not_a_member_yet};
  return {};
}

void reception::receive(const hello& said, const caf::strong_actor_ptr& whom) {
  if (auto reason = reason_to_refuse(said); !reason.empty()) {
    board_->log_refusal("a node was refused", said.number, said.incarnation, reason);
    send(caf::actor_cast<caf::actor>(whom), refusal{reason});
    return;
  }
  caller who{said.incarnation, whom};
  if (auto earlier = board_->link_to(said.number)) {
    waiting_.insert_or_assign(said.number, std::move(who));
    caf::anon_send(earlier->actor, drop_link{"the peer said hello again"});
  } else {
    welcome_in(said.number, who);
  }
}

void reception::welcome_in(node_number number, const caller& who) {
  if (auto fresh = board_->knows(number, who.incarnation) ? board_->begin(number, who.incarnation) : nullptr)
    caf::anon_send(fresh->actor, begin_welcome{who.whom});
}

} // namespace frontrow::cluster
