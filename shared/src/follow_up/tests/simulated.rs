//! Two years of a client's life, by chance: the rules alone, no database.

use proptest::prelude::*;

use super::*;

/// Length of the simulated life.
const LIVED_DAYS: i64 = 730;
/// Days by which weekends, holidays, the spread over the week after them, the caps and an unmade call may stretch a gap.
const SLACK_DAYS: i64 = 10 + 7 + 10 + 9;

/// How a client behaves, in a hundred.
#[derive(Debug, Clone)]
struct Life {
    person: Person,
    published: Vec<i64>,
    answers_percent: u64,
    /// Of the calls, how many somebody makes.
    calls_made_percent: u64,
    logs_in_percent: u64,
    seed: u64,
}

prop_compose! {
    fn lives()(
        id in 1..u128::MAX,
        published in prop::collection::vec(0..200_i64, 1..6),
        answers_percent in prop::sample::select(vec![0_u64, 0, 10, 40]),
        calls_made_percent in prop::sample::select(vec![0_u64, 50, 100]),
        logs_in_percent in prop::sample::select(vec![0_u64, 0, 5, 60]),
        mails in prop::sample::select(vec![Mails::Normal, Mails::Normal, Mails::Fewer, Mails::None]),
        ways in prop::sample::select(vec![(true, true), (true, true), (false, true), (true, false)]),
        seed in any::<u64>(),
    ) -> Life {
        let way = |works| if works { Way::Works } else { Way::DeadSince(day(0)) };
        // Somebody without any way is nobody's plan.
        let mails = if ways.1 { mails } else { Mails::Normal };
        Life {
            person: Person { id: ClientId::from(Uuid::from_u128(id)), mails, email: way(ways.0), phone: way(ways.1), ..super::person() },
            published, answers_percent, calls_made_percent, logs_in_percent, seed,
        }
    }
}

struct Project {
    of: Standing,
    asked: Vec<DateTime<Utc>>,
}

struct Lived<'a> {
    rhythm: &'a Rhythm,
    life: &'a Life,
    chance: u64,
    projects: Vec<Project>,
    contacts: Contacts,
    contacted: Vec<(DateTime<Utc>, Channel)>,
    open_call: Option<(Vec<usize>, DateTime<Utc>)>,
}

fn live<'a>(rhythm: &'a Rhythm, life: &'a Life) -> Lived<'a> {
    let mut lived = Lived {
        rhythm,
        life,
        chance: life.seed,
        projects: Vec::new(),
        contacts: Contacts::default(),
        contacted: Vec::new(),
        open_call: None,
    };
    for hour in 0..LIVED_DAYS * 8 {
        let now = day(0) + TimeDelta::hours(3 * hour);
        for published in &life.published {
            if day(*published) == now {
                let of = Standing {
                    published_at: now,
                    ..fresh()
                };
                lived.projects.push(Project {
                    of,
                    asked: Vec::new(),
                });
            }
        }
        if hour % 8 == 0 && lived.percent(life.logs_in_percent) {
            lived.log_in(now);
        }
        lived.call(now);
        lived.ask(now);
    }
    lived
}

impl Lived<'_> {
    fn percent(&mut self, of: u64) -> bool {
        let next = self.chance.wrapping_mul(6_364_136_223_846_793_005);
        self.chance = next.wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % 100 < of
    }

    fn log_in(&mut self, now: DateTime<Utc>) {
        for project in &mut self.projects {
            project.of.facts.last_sign_at = Some(now);
            (
                project.of.facts.mails_unanswered,
                project.of.facts.calls_unanswered,
            ) = (0, 0);
        }
    }

    /// The open call is made, or expires, or stays.
    fn call(&mut self, now: DateTime<Utc>) {
        let Some((asked, expires_at)) = self.open_call.take() else {
            return;
        };
        let calendar = Calendar::new(self.rhythm);
        let is_made = calendar.is_open(now, self.life.person.zone)
            && self.percent(self.life.calls_made_percent / 4);
        if !is_made && now < expires_at {
            self.open_call = Some((asked, expires_at));
            return;
        }
        self.contacts.call_open_until = None;
        let answers = is_made && self.percent(self.life.answers_percent);
        for nth in asked {
            let of = &mut self.projects[nth].of;
            let end = if is_made {
                StepEnd::Done
            } else {
                StepEnd::Expired { at: now }
            };
            of.last_step = of.last_step.map(|step| Step { end, ..step });
            if is_made {
                of.facts.asked_at = Some(now);
                of.facts.calls_unanswered += 1;
            }
            if answers {
                of.clone_from(&said(of, now));
            }
        }
    }

    fn ask(&mut self, now: DateTime<Utc>) {
        let (calendar, zone) = (Calendar::new(self.rhythm), self.life.person.zone);
        let standings: Vec<_> = self
            .projects
            .iter()
            .map(|project| project.of.clone())
            .collect();
        let at = calendar.open_from(now, zone);
        let decision = decide(
            self.rhythm,
            &self.life.person,
            &standings,
            &self.contacts,
            now,
            at,
        );
        let Decision::Contact(contacted) = decision else {
            return;
        };
        self.contacted.push((at, contacted.channel));
        let is_mail = contacted.channel == Channel::Email;
        let until =
            calendar.close_after_working_days(at, zone, self.rhythm.call_expires_working_days);
        let answers = is_mail && self.percent(self.life.answers_percent);
        for ask in &contacted.asks {
            let project = &mut self.projects[ask.project];
            project.asked.push(at);
            project.of.last_step = Some(Step {
                number: ask.step,
                channel: contacted.channel,
                at,
                mails_in_row: ask.mails_in_row,
                end: if is_mail {
                    StepEnd::Done
                } else {
                    StepEnd::Open { until }
                },
            });
            if is_mail {
                project.of.facts.asked_at = Some(at);
                project.of.facts.mails_unanswered += 1;
            }
            if answers {
                project
                    .of
                    .clone_from(&said(&project.of, at + TimeDelta::hours(1)));
            }
        }
        if is_mail {
            self.contacts.letters.push(at);
        } else {
            self.contacts.calls.push(at);
            self.contacts.call_open_until = Some(until);
            let asked = contacted.asks.iter().map(|ask| ask.project);
            self.open_call = Some((asked.collect(), until));
        }
    }
}

fn said(of: &Standing, at: DateTime<Utc>) -> Standing {
    let mut of = of.clone();
    of.facts.last_sign_at = Some(at);
    (of.facts.stage, of.facts.stage_at) = (Some(Stage::Searching), Some(at));
    (of.facts.mails_unanswered, of.facts.calls_unanswered) = (0, 0);
    of
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // o8, N25, S6, N13, a18: over 730 days no gap above the longest interval, no week above the caps, and no plan ends.
    #[test]
    fn two_years_without_a_gap_or_a_flood(life in lives()) {
        let rhythm = Rhythm::default();
        let lived = live(&rhythm, &life);
        let factor = if life.person.mails == Mails::Fewer { 2 } else { 1 };
        let longest = TimeDelta::days(i64::from(rhythm.longest_gap_days()) * factor + SLACK_DAYS);
        for project in &lived.projects {
            let mut before = project.of.published_at;
            for at in project.asked.iter().chain([&day(LIVED_DAYS)]) {
                prop_assert!(*at - before <= longest, "{before} to {at}");
                before = *at;
            }
            prop_assert!(!project.asked.is_empty());
        }
        for (channel, most) in [(Channel::Email, rhythm.mails_per_week_max), (Channel::Phone, rhythm.calls_per_week_max)] {
            let times: Vec<_> = lived.contacted.iter().filter(|(_, by)| *by == channel).map(|(at, _)| *at).collect();
            for (nth, at) in times.iter().enumerate() {
                let week = times[nth..].iter().take_while(|other| **other < *at + TimeDelta::days(7)).count();
                prop_assert!(week <= most as usize, "{week} by {channel:?} in the week from {at}");
            }
        }
        for (at, _) in &lived.contacted {
            prop_assert!(Calendar::new(&rhythm).is_open(*at, life.person.zone));
        }
        if life.person.mails == Mails::None {
            prop_assert!(lived.contacted.iter().all(|(_, by)| *by == Channel::Phone));
        }
    }
}
