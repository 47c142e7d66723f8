//! The demo's marketplace: what the platform beside Relance would tell, day by day, as its events.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::people::{self, Person, Temper};
use crate::demo::rng::Rng;

/// Providers of the demo.
const PROVIDERS: usize = 40;
/// Credits of each kind that each provider begins with: many in anticipation, as subscriptions are sized.
const CREDITS: [(&str, u32); 3] = [("view", 120), ("offer", 120), ("contact", 40)];
/// Share of the projects that are there on the first day, in a hundred; the others come day by day.
const THERE_AT_FIRST_PERCENT: usize = 60;
/// Age of the oldest project on the first day.
const OLDEST_DAYS: u64 = 720;
/// Share of clients who post more than one project, in a hundred.
const POSTS_AGAIN_PERCENT: u64 = 30;
/// Awards that are taken back the next day, in a hundred.
const REVOKED_PERCENT: u64 = 5;

/// A project as the platform knows it.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The platform's id.
    pub reference: String,
    /// Whose it is: index into [`Market::people`].
    pub client: usize,
    published_at: DateTime<Utc>,
    is_pending: bool,
    revoke_next: bool,
}

/// People and projects of the demo.
#[derive(Debug)]
pub struct Market {
    /// The clients.
    pub people: Vec<Person>,
    /// Every project so far.
    pub projects: Vec<Posted>,
    /// For what the platform does as a whole: who comes, what is posted.
    rng: Rng,
    seed: u64,
    events: u64,
    to_come: usize,
    days_left: usize,
}

impl Market {
    /// A marketplace that will have seen `projects` projects after `days` days.
    #[must_use]
    pub fn new(projects: usize, days: usize, seed: u64) -> Self {
        Self {
            people: Vec::new(),
            projects: Vec::new(),
            rng: Rng::new(seed),
            seed,
            events: 0,
            to_come: projects,
            days_left: days.max(1),
        }
    }

    /// What the platform tells at the beginning: its providers and the projects that are pending already, of all ages.
    pub fn opening(&mut self, start: DateTime<Utc>) -> Vec<Value> {
        let mut told = Vec::new();
        for n in 0..PROVIDERS {
            let name = people::provider(n, &mut self.rng);
            let plan = if n % 4 == 0 { "privilege" } else { "basic" };
            let long_ago = start - TimeDelta::days(800);
            let provider = format!("P{n:03}");
            let upserted = json!({"provider": provider, "name": name, "email": format!("{provider}@prestataires.example"), "locale": "fr"});
            told.push(self.event("provider.upserted", long_ago, &upserted));
            told.push(self.event(
                "subscription.changed",
                long_ago,
                &json!({"provider": provider, "plan": plan, "from": long_ago}),
            ));
            for (kind, amount) in CREDITS {
                let reference = format!("demo-{n}-{kind}");
                let granted = json!({"provider": provider, "kind": kind, "amount": amount, "reference": reference});
                told.push(self.event("credits.granted", long_ago, &granted));
            }
        }
        let there = self.to_come * THERE_AT_FIRST_PERCENT / 100;
        for nth in 0..there {
            // More young ones than old ones, as on a living marketplace.
            let share =
                (nth as u64 + 1) * (nth as u64 + 1) * 1_000 / ((there * there).max(1) as u64);
            let age_minutes = (OLDEST_DAYS * 1_440 * share / 1_000).max(600) + self.rng.below(600);
            self.post(
                start - TimeDelta::minutes(age_minutes.cast_signed()),
                &mut told,
            );
        }
        self.to_come -= there;
        told.sort_by_key(|event| event["at"].as_str().map(str::to_owned));
        told
    }

    /// What the platform tells about the day that begins at `morning`.
    pub fn day(&mut self, morning: DateTime<Utc>) -> Vec<Value> {
        let mut told = Vec::new();
        let new = self.to_come.div_ceil(self.days_left);
        for _ in 0..new {
            let minutes = self.rng.below(10 * 60).cast_signed();
            self.post(morning + TimeDelta::minutes(minutes), &mut told);
        }
        self.to_come -= new;
        self.days_left = (self.days_left - 1).max(1);
        for nth in 0..self.projects.len() {
            self.live(nth, morning, &mut told);
        }
        told.sort_by_key(|event| event["at"].as_str().map(str::to_owned));
        told
    }

    /// The client ended the project on their account; the platform shows it no more.
    pub fn close(&mut self, reference: &str) {
        if let Some(project) = self
            .projects
            .iter_mut()
            .find(|project| project.reference == reference)
        {
            project.is_pending = false;
        }
    }

    /// Chance, for what the person `nth` does at `at`: the same on the same day, whoever acted before.
    #[must_use]
    pub fn chance_of(&self, nth: usize, at: DateTime<Utc>) -> Rng {
        Rng::of(self.seed, [nth as u64, day_number(at)])
    }

    /// Who has this address: index into [`Market::people`].
    #[must_use]
    pub fn person_at(&self, address: &str) -> Option<usize> {
        self.people
            .iter()
            .position(|person| person.email.eq_ignore_ascii_case(address))
    }

    /// Who has this reference: index into [`Market::people`].
    #[must_use]
    pub fn person_called(&self, reference: &str) -> Option<usize> {
        self.people
            .iter()
            .position(|person| person.reference == reference)
    }

    fn post(&mut self, at: DateTime<Utc>, told: &mut Vec<Value>) {
        let again = !self.people.is_empty() && self.rng.percent(POSTS_AGAIN_PERCENT);
        let client = if again {
            usize::try_from(self.rng.below(self.people.len() as u64)).unwrap_or(0)
        } else {
            self.people
                .push(Person::new(self.people.len() + 1, &mut self.rng));
            self.people.len() - 1
        };
        let person = self.people[client].clone();
        told.push(self.event(
            "client.upserted",
            at,
            &json!({"client": person.reference, "name": person.name, "email": person.email, "phone": person.phone,
                "locale": person.locale, "zone": "Europe/Paris"}),
        ));
        let (title, category) = people::project(&mut self.rng);
        let reference = format!("{}", 31_001 + self.projects.len());
        let budget = 200 + 50 * self.rng.below(100);
        told.push(self.event(
            "project.published",
            at,
            &json!({"project": reference, "client": person.reference, "title": title, "category": category,
                "budget": budget, "currency": "EUR", "urgency": "flexible"}),
        ));
        self.projects.push(Posted {
            reference,
            client,
            published_at: at,
            is_pending: true,
            revoke_next: false,
        });
    }

    /// One project's day: providers apply, the client comes by, decides, or thinks again.
    fn live(&mut self, nth: usize, morning: DateTime<Utc>, told: &mut Vec<Value>) {
        let project = self.projects[nth].clone();
        let mut rng = Rng::of(!self.seed, [nth as u64, day_number(morning)]);
        let at = morning + TimeDelta::minutes(rng.below(600).cast_signed());
        if project.revoke_next {
            told.push(self.event(
                "project.award_revoked",
                at,
                &json!({"project": project.reference}),
            ));
            self.projects[nth].revoke_next = false;
            self.projects[nth].is_pending = true;
            return;
        }
        if !project.is_pending || project.published_at > at {
            return;
        }
        let (temper, client) = {
            let person = &self.people[project.client];
            (person.temper, person.reference.clone())
        };
        let age_days = (at - project.published_at).num_days();
        if rng.percent(if age_days < 7 { 40 } else { 3 }) {
            let provider = format!("P{:03}", rng.below(PROVIDERS as u64));
            told.push(self.event(
                "application.created",
                at,
                &json!({"project": project.reference, "provider": provider, "kind": "offer", "credits": 1}),
            ));
        }
        let (login_percent, award_per_thousand) = match temper {
            Temper::Decided => (18, 25),
            Temper::Slow => (5, 4),
            Temper::Gone => (1, 0),
            Temper::Tourist => (0, 0),
        };
        if rng.percent(login_percent) {
            told.push(self.event("client.seen", at, &json!({"client": client})));
        }
        if rng.below(1_000) < award_per_thousand {
            let provider = format!("P{:03}", rng.below(PROVIDERS as u64));
            told.push(self.event(
                "project.awarded",
                at + TimeDelta::minutes(5),
                &json!({"project": project.reference, "provider": provider}),
            ));
            self.projects[nth].is_pending = false;
            self.projects[nth].revoke_next = rng.percent(REVOKED_PERCENT);
        }
    }

    fn event(&mut self, kind: &str, at: DateTime<Utc>, data: &Value) -> Value {
        self.events += 1;
        json!({"id": format!("demo-{}", self.events), "type": kind, "at": at, "data": data})
    }
}

fn day_number(at: DateTime<Utc>) -> u64 {
    at.timestamp().div_euclid(86_400).unsigned_abs()
}
