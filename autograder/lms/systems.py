"""What the files of each system look like, as one table: lists, submissions and grades.

There is one reader for lists of students (`student_lists`), one for the paths of submissions
(`path_patterns`), one writer of grades into files of a system (`grade_files`) and one of new files
(`new_grade_files`); they know no system. To add a system is to add a row here, with an example of
its files to tests/data/systems and a line to its test.

Headings are compared in one case, with blanks for underscores and hyphens. What is known about the
systems, and where it can be looked up:

- Canvas (github.com/instructure/canvas-lms, lib/content_zipper.rb, lib/gradebook_exporter.rb and
  lib/gradebook_importer.rb): names a file NAME_[LATE_]USER_FILE_ORIGINAL, where NAME is the
  sortable name in lower case with letters and digits alone, USER the Canvas ID, FILE the number of
  the upload; a text is …_USER_text.html, an address …_link.html; in an anonymous assignment
  [LATE_]anon_CODE_ stands first. It packs each student's latest attempt, and of a group one
  member's file. A gradebook has Student (“Last, First”) or LastName and FirstName, ID, SIS User ID,
  SIS Login ID, …, Section, then the assignments as `Title (id)`; a row of Points Possible; at the
  end its test student. On import a student is found by ID, then by the SIS ids; an empty cell takes
  a grade away; EX is excused, N/A not assigned.
- Moodle (github.com/moodle/moodle, mod/assign/classes/downloader.php, gradingtable.php and
  feedback/offline): folders NAME_NUMBER_assignsubmission_file, in some versions with an underscore
  at the end, or files NAME_NUMBER_assignsubmission_file_ORIGINAL; a group's folder has no NUMBER.
  NUMBER is the Identifier of the grading worksheet and has no meaning elsewhere. A worksheet's
  headings are in the language of who downloads it, and it must come back in that language; Moodle
  takes in the grade and the feedback, and passes without a word over a grade above the maximum, a
  locked one, and one that was changed since.
- Brightspace (D2L): folders NUMBER-NUMBER - NAME - DATE, and an index.html; a gradebook with
  OrgDefinedId and Username, a # before each, columns TITLE Points Grade <Numeric MaxPoints:…>, and
  the End-of-Line Indicator #.
- Blackboard Learn: files COLUMN_LOGIN_attempt_DATE_ORIGINAL, with a DATE.txt that holds what was
  typed; a gradebook in UTF-16 with tabs, columns TITLE [Total Pts: … Score] |ID.
- Gradescope: folders submission_NUMBER and submission_metadata.yml, which says whose they are; a
  roster with SID and Role. It takes no grades in.
- GitHub Classroom: `gh classroom clone student-repos` makes NAME-submissions/NAME-LOGIN; a roster
  with identifier and github_username.
- ILIAS: folders LAST_FIRST_LOGIN_NUMBER, of teams within another, files with the time before them.
- Stud.IP: a list of participants. Its folders of files name nobody: use a pattern.
"""

from __future__ import annotations

from autograder.lms.system_records import GradeColumns, ListColumns, System

NAMES = {
    "first_name": ("first name", "given name", "vorname"),
    "last_name": ("last name", "surname", "family name", "nachname"),
    "email": ("email", "email address", "e mail", "e mail adresse"),
    "section": ("section", "sections", "group", "groups"),
    "role": ("role", "roles", "rolle", "status im kurs"),
}
CANVAS = System(
    "canvas",
    "Canvas",
    ListColumns(
        needs=(("student", "lastname"), ("id",), ("section",)),
        columns={
            "sortable_name": ("student",),
            "first_name": ("firstname",),
            "last_name": ("lastname",),
            "lms_user_id": ("id",),
            "sis_user_id": ("sis user id",),
            "sis_login_id": ("sis login id",),
            "section": ("section",),
        },
        student=("sis_login_id", "sis_user_id", "lms_user_id"),
        digits="lms_user_id",
    ),
    GradeColumns(
        keys=(
            (("id",), "lms_user_id"),
            (("sis user id",), "sis_user_id"),
            (("sis login id",), "sis_login_id"),
            # Many courses name their students in nbgrader by one of these.
            (("sis user id",), "student"),
            (("sis login id",), "student"),
            (("sis login id",), "email"),
        ),
        title=r"(?P<title>.*?)(?:\s\(\d+\))?",
        maximum=("points possible",),
        kept=(
            *("student", "lastname", "firstname", "id", "sis user id", "sis login id"),
            *("integration id", "root account", "section"),
        ),
        anchor="id",
        stays={"EX": "is excused", "N/A": "is not assigned to the student"},
        new=(
            ("Student", "name"),
            ("ID", "lms_user_id"),
            ("SIS User ID", "sis_user_id"),
            ("SIS Login ID", "sis_login_id"),
            ("Section", "section"),
            ("{title}", "points"),
        ),
        ids=("lms_user_id", "sis_user_id", "sis_login_id"),
        first_row=("    Points Possible", "", "", "", "", "{maximum}"),
        download="In Canvas: Grades, Export, Export Entire Gradebook.",
    ),
    paths=(
        "{late}anon_{code}_{upload}_{file}",
        "{late}anon_{code}_{kind:text|link}.html",
        "{name}_{late}{canvas}_{upload}_{file}",
        "{name}_{late}{canvas}_{kind:text|link}.html",
    ),
    exact="--times SUBMISSIONS.json",
    facts_by="canvas",
    says_late=True,
)
MOODLE = System(
    "moodle",
    "Moodle",
    ListColumns(
        needs=(
            (
                *("full name", "first name", "vollständiger name", "vorname", "nom complet"),
                *("prénom", "nombre completo", "nombre", "nome completo", "nome"),
                *("volledige naam", "voornaam", "celé jméno", "pełna nazwa", "imię"),
            ),
            (
                *("email address", "id number", "username", "e mail adresse", "id nummer"),
                *("matrikelnummer", "anmeldename", "adresse de courriel"),
                *("numéro d'identification", "dirección de correo", "dirección email"),
                *("correo electrónico", "número de id"),
                *("indirizzo email", "endereço de email", "e mailadres", "adres e mail"),
                *("emailová adresa", "numero id"),
            ),
        ),
        columns={
            "full_name": (
                *("full name", "vollständiger name", "nom complet", "nombre completo"),
                *("nome completo", "volledige naam", "celé jméno", "pełna nazwa"),
            ),
            "first_name": ("first name", "vorname", "prénom", "nombre", "nome", "voornaam", "imię"),
            "last_name": (
                *("last name", "surname", "nachname", "nom de famille", "nom", "apellido(s)"),
                *("apellidos", "cognome", "sobrenome", "apelido", "achternaam", "nazwisko"),
            ),
            "sis_user_id": (
                *("id number", "id nummer", "matrikelnummer", "numéro d'identification"),
                *("número de id", "numero id"),
            ),
            "sis_login_id": ("username", "anmeldename", "nom d'utilisateur", "nombre de usuario"),
            "email": (
                *("email address", "e mail adresse", "adresse de courriel", "dirección de correo"),
                *("dirección email", "correo electrónico", "indirizzo email", "endereço de email"),
                *("e mailadres", "adres e mail", "emailová adresa"),
            ),
            "section": ("groups", "gruppen", "groupes", "grupos", "gruppi", "groepen"),
            "role": ("roles", "rollen", "rôles", "roli", "ruoli"),
        },
        student=("sis_user_id", "sis_login_id", "email"),
    ),
    GradeColumns(
        keys=(
            (("id number", "id nummer", "matrikelnummer"), "sis_user_id"),
            (("username", "anmeldename"), "sis_login_id"),
            (("email",), "email"),
            # Many courses name their students in nbgrader by one of these.
            (("id number", "id nummer", "matrikelnummer"), "student"),
            (("username", "anmeldename"), "student"),
        ),
        target=(
            *("grade", "bewertung", "note", "calificación", "valutazione", "nota"),
            *("beoordeling", "cijfer", "ocena", "známka", "оценка", "成绩", "成績"),
        ),
        maximum=("maximum grade", "bestwertung", "note maximale", "calificación máxima"),
        beside=True,
        locked=(
            (
                *("grade can be changed", "bewertung kann geändert werden"),
                *("la note peut être modifiée", "la calificación puede ser cambiada"),
                *("a nota pode ser alterada.", "允许更改成绩", "分數可以被更改"),
                *("betyg kan ändras", "not değiştirilebilir"),
            ),
            ("no", "nein", "non", "nee", "não", "nej", "hayır", "否", "нет", "ne", "nie"),
        ),
        comments=(
            *("feedback comments", "feedback als kommentar", "feedback par commentaires"),
            *("comentarios de retroalimentación", "commenti di feedback"),
        ),
        over=False,
        sign=True,
        new=(("Email address", "email"), ("{title}", "points")),
        ids=("email",),
        mark=True,
        download="In Moodle: the assignment, Submissions, Download grading worksheet.",
    ),
    paths=(
        "{name:[^_/]*}_{number}_assignsubmission_{kind}/{file}",
        "{name:[^_/]*}_{number}_assignsubmission_{kind}_/{file}",
        "{group:[^_/]*}_assignsubmission_{kind}/{file}",
        "{group:[^_/]*}_assignsubmission_{kind}_/{file}",
        "{name:[^_/]*}_{number}_assignsubmission_{kind}_{file:[^/]+}",
        "{group:[^_/]*}_assignsubmission_{kind}_{file:[^/]+}",
    ),
    exact="--worksheet GRADES.csv",
    remedy="Add the assignment's worksheet: --worksheet GRADES.csv.",
)
BRIGHTSPACE = System(
    "brightspace",
    "Brightspace",
    ListColumns(
        needs=(("orgdefinedid", "end of line indicator"),),
        columns=NAMES
        | {
            "sis_user_id": ("orgdefinedid",),
            "sis_login_id": ("username",),
            "section": ("sections", "section"),
        },
        student=("sis_login_id", "sis_user_id", "email"),
    ),
    GradeColumns(
        keys=(
            (("orgdefinedid",), "sis_user_id"),
            (("username",), "sis_login_id"),
            (("orgdefinedid",), "student"),
            (("username",), "student"),
            (("email",), "email"),
        ),
        title=r"(?P<title>.*?)(?: Points Grade)?"
        r"(?: <Numeric MaxPoints:(?P<maximum>[\d.,]+)[^>]*>)?",
        kept=(
            *("orgdefinedid", "username", "last name", "first name", "email", "sections"),
            "end of line indicator",
        ),
        anchor="orgdefinedid",
        new=(
            ("OrgDefinedId", "#sis_user_id"),
            ("Username", "#sis_login_id"),
            ("{title} Points Grade", "points"),
            ("End-of-Line Indicator", "#"),
        ),
        ids=("sis_user_id", "sis_login_id"),
        download="In Brightspace: Grades, Enter Grades, Export, with both key fields and points.",
    ),
    paths=("{number}-{skip:\\d+} - {name} - {time:[^/-]*\\d{3,4}(?: [AP]M)?}/{file}",),
    beside=("index.html",),
    remedy="Correct the name in grading/roster.csv, or collect by a pattern with an id: --pattern.",
)
BLACKBOARD = System(
    "blackboard",
    "Blackboard",
    ListColumns(
        needs=(("username",), ("student id", "availability")),
        columns=NAMES | {"sis_login_id": ("username",), "sis_user_id": ("student id",)},
        student=("sis_login_id", "sis_user_id"),
    ),
    GradeColumns(
        keys=(
            (("username",), "sis_login_id"),
            (("student id",), "sis_user_id"),
            (("username",), "student"),
            (("student id",), "student"),
        ),
        title=r"(?P<title>.*?)"
        r"(?: \[Total Pts: (?:up to )?(?P<maximum>[\d.,]+)?[^\]]*\])?(?: ?\|\d+)?",
        kept=(
            *("last name", "first name", "username", "student id", "last access", "availability"),
        ),
        anchor="username",
        comments=("feedback to learner",),
        new=(
            ("Last Name", "last_name"),
            ("First Name", "first_name"),
            ("Username", "sis_login_id"),
            ("Student ID", "sis_user_id"),
            ("{title}", "points"),
        ),
        ids=("sis_login_id",),
        mark=True,
        encoding="utf-16-le",
        delimiter="\t",
        download="In Blackboard: Grade Center, Work Offline, Download, Tab delimited.",
    ),
    paths=(
        "{skip}_{login}_attempt_{time:\\d{4}(?:-\\d\\d){5}}_{file:[^/]+}",
        "{skip}_{login}_attempt_{time:\\d{4}(?:-\\d\\d){5}}.{kind:txt}",
    ),
)
GRADESCOPE = System(
    "gradescope",
    "Gradescope",
    ListColumns(
        needs=(("sid",), ("email",)),
        columns=NAMES | {"full_name": ("name",), "sis_user_id": ("sid",)},
        student=("sis_user_id", "email"),
    ),
    paths=("submission_{number}/{file}",),
    beside=("submission_metadata.yml",),
)
GITHUB = System(
    "github",
    "GitHub Classroom",
    ListColumns(
        needs=(("identifier", "roster identifier"), ("github username",)),
        columns=NAMES
        | {
            "full_name": ("name",),
            "sis_user_id": ("identifier", "roster identifier"),
            "github": ("github username",),
        },
        student=("sis_user_id", "github"),
    ),
    paths=("{skip}-submissions/{assignment}-{github}/{file}",),
)
ILIAS = System(
    "ilias",
    "ILIAS",
    ListColumns(
        needs=(("login", "benutzername"), ("nachname", "last name", "lastname")),
        columns=NAMES
        | {
            "first_name": ("vorname", "first name", "firstname"),
            "last_name": ("nachname", "last name", "lastname"),
            "sis_login_id": ("login", "benutzername"),
            "sis_user_id": ("matrikelnummer", "matriculation", "matriculation number"),
        },
        student=("sis_login_id", "sis_user_id"),
    ),
    paths=(
        "{last:[^_/]*}_{first:[^_/]*}_{login}_{number}/{time:\\d{14}}_{file}",
        "{last:[^_/]*}_{first:[^_/]*}_{login}_{number}/{file}",
    ),
    beside=("status.csv", "status.xlsx", "status.xls", "README.md"),
)
STUDIP = System(
    "studip",
    "Stud.IP",
    ListColumns(
        needs=(("nutzernamen", "nutzername"), ("nachname",)),
        columns=NAMES
        | {
            "sis_login_id": ("nutzernamen", "nutzername"),
            "sis_user_id": ("matrikelnummer", "matrikelnr"),
            "section": ("gruppe", "gruppen"),
            "role": ("status", "rolle"),
        },
        student=("sis_login_id", "sis_user_id"),
    ),
)
PLAIN = System(
    "csv",
    "a CSV file",
    ListColumns(
        needs=(("student", "id", "student id"),),
        columns=NAMES
        | {
            "student": ("student", "id", "student id"),
            "full_name": ("name", "full name"),
            "lms_user_id": ("lms user id",),
            "sis_user_id": ("sis user id",),
            "sis_login_id": ("sis login id",),
            "github": ("github",),
            "status": ("status",),
        },
        student=("student",),
        # The Identifier of Moodle's worksheet is called ID in German.
        without=("vollständiger name",),
    ),
    GradeColumns(
        keys=(),
        new=(
            ("assignment", "assignment"),
            ("duedate", "duedate"),
            ("timestamp", "timestamp"),
            ("student_id", "student"),
            ("last_name", "last_name"),
            ("first_name", "first_name"),
            ("email", "email"),
            ("raw_score", "raw"),
            ("late_submission_penalty", "penalty"),
            ("score", "points"),
            ("max_score", "maximum"),
        ),
    ),
)
# In the order in which a list or a path is compared with them.
SYSTEMS = (CANVAS, BRIGHTSPACE, BLACKBOARD, GRADESCOPE, GITHUB, STUDIP, ILIAS, PLAIN, MOODLE)
BY_NAME = {system.name: system for system in SYSTEMS}
WITH_GRADES = tuple(system.name for system in SYSTEMS if system.grades)
# Who is on a list and no student, by the words that systems have for it.
TEACHING = (
    *("teacher", "instructor", "ta", "teaching assistant", "designer", "observer", "grader"),
    *("course builder", "reader", "professor", "lecturer", "staff", "admin", "administrator"),
    *("editingteacher", "non editing teacher", "manager", "tutor", "tutor/in", "tutorin"),
    *("dozent", "dozent/in", "dozentin", "lehrende", "lehrende/r", "trainer", "trainer/in"),
    *("kursadministrator", "kurstutor", "enseignant", "profesor", "docente", "docent"),
)
# Canvas's own student for teachers, in languages of its translations.
TEST_STUDENTS = (
    *("student, test", "test student", "studierende, test", "test studierende", "teststudent"),
    *("étudiant, test", "test étudiant", "élève test", "estudiante, prueba"),
    *("estudiante de prueba", "estudante, teste", "estudante de teste", "studente, test"),
    *("student, voorbeeld", "testelev", "teststuderende", "testlernende"),
    *("学生，测试", "测试学生", "テスト受講者"),
)
