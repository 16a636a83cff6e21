/** Sayings of authors who died more than a hundred years ago. The lines of an author follow the name; their tags stand at the end. */
export const moderns = `
Geoffrey Chaucer
The life so short, the craft so long to learn. #learning #time
Thomas à Kempis
Man proposes, but God disposes. #fortune
Francis Bacon
Knowledge itself is power. #learning
Reading maketh a full man; conference a ready man; and writing an exact man. #books #learning
Some books are to be tasted, others to be swallowed, and some few to be chewed and digested. #books
He that will not apply new remedies must expect new evils; for time is the greatest innovator. #change #time
A wise man will make more opportunities than he finds. #wisdom #fortune
If a man will begin with certainties, he shall end in doubts. #truth #learning
Hope is a good breakfast, but it is a bad supper. #hope
Prosperity doth best discover vice, but adversity doth best discover virtue. #character #fortune
William Shakespeare
Brevity is the soul of wit. #words #wisdom
The better part of valour is discretion. #courage #wisdom
All the world's a stage, and all the men and women merely players. #people
The course of true love never did run smooth. #love
To thine own self be true. #character #truth
Neither a borrower nor a lender be. #wisdom
There is nothing either good or bad, but thinking makes it so. #wisdom
We know what we are, but know not what we may be. #change
There are more things in heaven and earth, Horatio, than are dreamt of in your philosophy. #wisdom
Cowards die many times before their deaths; the valiant never taste of death but once. #courage
The fault, dear Brutus, is not in our stars, but in ourselves. #character #fortune
What's in a name? That which we call a rose by any other name would smell as sweet. #words
Parting is such sweet sorrow. #love
The quality of mercy is not strained. #character
Uneasy lies the head that wears a crown. #people
Some are born great, some achieve greatness, and some have greatness thrust upon them. #fortune
If music be the food of love, play on. #love
Better three hours too soon than a minute too late. #time
How far that little candle throws his beams! So shines a good deed in a naughty world. #character #hope
We are such stuff as dreams are made on. #time
How sharper than a serpent's tooth it is to have a thankless child! #people
Love looks not with the eyes, but with the mind. #love
The fool doth think he is wise, but the wise man knows himself to be a fool. #wisdom
Sweet are the uses of adversity. #fortune
Miguel de Cervantes
Hunger is the best sauce in the world. #happiness
There is no book so bad but it has something good in it. #books
Michel de Montaigne
I quote others only the better to express myself. #words #books
On the highest throne in the world, we still sit only on our own bottom. #people
When I play with my cat, who knows whether I am not a pastime to her more than she is to me? #happiness
John Donne
No man is an island, entire of itself. #people #friendship
Never send to know for whom the bell tolls; it tolls for thee. #people
René Descartes
I think, therefore I am. #truth
The reading of all good books is like a conversation with the finest minds of past centuries. #books
Blaise Pascal
The heart has its reasons, which reason does not know. #love
Man is but a reed, the most feeble thing in nature; but he is a thinking reed. #people
I have made this letter longer than usual because I have not had time to make it shorter. #words #time
All of humanity's misfortune comes from one thing: not knowing how to sit quietly in a room. #happiness
François de La Rochefoucauld
Hypocrisy is a homage that vice pays to virtue. #character
We all have strength enough to bear the misfortunes of others. #people
True love is like ghosts, which everyone talks about and few have seen. #love
John Milton
They also serve who only stand and wait. #patience
The mind is its own place, and in itself can make a heaven of hell, a hell of heaven. #happiness
A good book is the precious life-blood of a master spirit. #books
Isaac Newton
If I have seen further, it is by standing on the shoulders of giants. #learning
Baruch Spinoza
All things excellent are as difficult as they are rare. #work
George Herbert
Living well is the best revenge. #happiness
Good words are worth much, and cost little. #words
Robert Herrick
Gather ye rosebuds while ye may, old Time is still a-flying. #time
William Congreve
Music has charms to soothe a savage breast. #happiness
Jonathan Swift
We have just enough religion to make us hate, but not enough to make us love one another. #love
May you live all the days of your life. #time
Alexander Pope
To err is human; to forgive, divine. #wisdom
Hope springs eternal in the human breast. #hope
A little learning is a dangerous thing. #learning
Fools rush in where angels fear to tread. #courage #wisdom
Blessed is he who expects nothing, for he shall never be disappointed. #hope
The proper study of mankind is man. #people #learning
Voltaire
The best is the enemy of the good. #work
We must cultivate our garden. #work #happiness
The secret of being a bore is to tell everything. #words
Samuel Johnson
When a man is tired of London, he is tired of life. #happiness
What is written without effort is in general read without pleasure. #books #work
A man, sir, should keep his friendship in constant repair. #friendship
Patriotism is the last refuge of a scoundrel. #people
Benjamin Franklin
Early to bed and early to rise makes a man healthy, wealthy and wise. #work #wisdom
Three may keep a secret, if two of them are dead. #words
Fish and visitors stink in three days. #people
Dost thou love life? Then do not squander time, for that is the stuff life is made of. #time
Little strokes fell great oaks. #patience #work
Experience keeps a dear school, but fools will learn in no other. #learning
God helps them that help themselves. #work
Well done is better than well said. #words #work
Thomas Gray
Where ignorance is bliss, 'tis folly to be wise. #happiness #wisdom
Laurence Sterne
God tempers the wind to the shorn lamb. #hope
Jean-Jacques Rousseau
Man is born free, and everywhere he is in chains. #people
Immanuel Kant
Out of the crooked timber of humanity no straight thing was ever made. #people
Dare to know! Have the courage to use your own understanding. #courage #learning
Edmund Burke
Those who carry on great public schemes must be proof against the worst delays and disappointments. #patience #work
Thomas Paine
These are the times that try men's souls. #courage
What we obtain too cheap, we esteem too lightly. #fortune
William Cowper
Variety's the very spice of life. #change
William Blake
To see a World in a Grain of Sand and a Heaven in a Wild Flower. #wisdom
The road of excess leads to the palace of wisdom. #wisdom
What is now proved was once only imagined. #truth
No bird soars too high, if he soars with his own wings. #courage
Robert Burns
The best laid schemes of mice and men go oft awry. #fortune
Johann Wolfgang von Goethe
Man errs as long as he strives. #work
All theory is grey, and green the golden tree of life. #learning
Talent is formed in stillness, character in the stream of the world. #character
Whoever knows no foreign languages knows nothing of his own. #words #learning
Friedrich Schiller
Against stupidity the gods themselves contend in vain. #wisdom
The world's history is the world's judgment. #time
William Wordsworth
The Child is father of the Man. #people #time
Samuel Taylor Coleridge
He prayeth best, who loveth best all things both great and small. #love
Jane Austen
It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. #love
There is nothing like staying at home for real comfort. #happiness
One half of the world cannot understand the pleasures of the other. #people
Lord Byron
Truth is always strange; stranger than fiction. #truth
Percy Bysshe Shelley
If winter comes, can spring be far behind? #hope #time
Poets are the unacknowledged legislators of the world. #words
John Keats
A thing of beauty is a joy for ever. #happiness
Beauty is truth, truth beauty. #truth
Heard melodies are sweet, but those unheard are sweeter. #hope
Heinrich Heine
Where they burn books, they will in the end burn people too. #books
Ralph Waldo Emerson
A foolish consistency is the hobgoblin of little minds. #change
Hitch your wagon to a star. #hope
The only way to have a friend is to be one. #friendship
Nothing great was ever achieved without enthusiasm. #work
To be great is to be misunderstood. #character
Henry David Thoreau
The mass of men lead lives of quiet desperation. #people
If you have built castles in the air, your work need not be lost; now put the foundations under them. #hope #work
Our life is frittered away by detail. Simplify, simplify. #wisdom
Beware of all enterprises that require new clothes. #wisdom
Things do not change; we change. #change
Alfred, Lord Tennyson
'Tis better to have loved and lost than never to have loved at all. #love
To strive, to seek, to find, and not to yield. #courage
Robert Browning
A man's reach should exceed his grasp, or what's a heaven for? #hope
Elizabeth Barrett Browning
How do I love thee? Let me count the ways. #love
Charles Dickens
It was the best of times, it was the worst of times. #time
Annual income twenty pounds, annual expenditure nineteen nineteen six, result happiness. #happiness
Charlotte Brontë
I am no bird; and no net ensnares me. #courage
Emily Brontë
Whatever our souls are made of, his and mine are the same. #love
Søren Kierkegaard
Life must be understood backwards; but it must be lived forwards. #time
Abraham Lincoln
A house divided against itself cannot stand. #people
With malice toward none, with charity for all. #character
Emily Dickinson
Hope is the thing with feathers that perches in the soul. #hope
There is no Frigate like a Book to take us Lands away. #books
Tell all the truth but tell it slant. #truth
I dwell in Possibility. #hope
Walt Whitman
Do I contradict myself? Very well then, I contradict myself. I am large, I contain multitudes. #character
Herman Melville
It is not down in any map; true places never are. #truth
Leo Tolstoy
All happy families are alike; each unhappy family is unhappy in its own way. #happiness #people
Lewis Carroll
It takes all the running you can do, to keep in the same place. #work
It's a poor sort of memory that only works backwards. #time
Take care of the sense, and the sounds will take care of themselves. #words
Begin at the beginning, and go on till you come to the end: then stop. #work
Oscar Wilde
I can resist everything except temptation. #character
We are all in the gutter, but some of us are looking at the stars. #hope
Experience is the name every one gives to their mistakes. #learning
The truth is rarely pure and never simple. #truth
To love oneself is the beginning of a lifelong romance. #love
Robert Louis Stevenson
To travel hopefully is a better thing than to arrive, and the true success is to labour. #hope #work
Books are good enough in their own way, but they are a mighty bloodless substitute for life. #books
Mark Twain
The report of my death was an exaggeration. #truth
Put all your eggs in the one basket, and watch that basket. #wisdom
When angry, count four; when very angry, swear. #character
Friedrich Nietzsche
What does not kill me makes me stronger. #courage
Without music, life would be a mistake. #happiness
One must still have chaos in oneself to give birth to a dancing star. #change
Louis Pasteur
In the fields of observation, chance favours only the prepared mind. #learning #fortune
`;
